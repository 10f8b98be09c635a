"""What the tests of `reprise sweep` share: the clinical example, run once, and
copies of its plan without one defence.

The example gives up who is silent for three seconds, as long as some workers
take to begin on a loaded machine. So those that gather are replaced by ones
that say at once what they would say, and what is swept is a recording in which
nobody was slow."""
import json
import os
import re
import shlex
import shutil
import subprocess

from clinical_support import ClinicalCase, patient

# What is cut out of the plan, what stands there instead, the gap.
REMOVED = {
    "echo": ('"contract": { "echo": ["/encounter"] }', '"linger": "1s"',
             "G-NO-CONTRACT"),
    "contract": ('"output": { "$ref": "schemas/labs.json" },   "contract": '
                 '{ "echo": ["/encounter"] }', '"linger": "1s"',
                 "G-NO-CONTRACT"),
    "facts": ('''
        "facts": { "at": "/findings", "key": "/code", "value": "/value", "critical": ["allergy/*"] },
        "conflicts": [ { "key": "**", "resolve": "flag" } ]''', "",
              "G-CONFLICT"),
    "join": ('"need": 2,', '"need": 2, "join": "enough",', "G-ORDER"),
    "timeout": ('"timeout": "4s", "idle": "3s", ', "", "G-NO-TASK-TIMEOUT"),
    "retry": (',\n    "retry": { "attempts": 2, "backoff": "400ms..2s" }', "",
              "G-NO-RETRY"),
    "need": ('"need": 2,', "", "G-PARTIAL-LOSS"),
    "cap": ('"attempts": 2, "backoff"', '"attempts": 100, "backoff"',
            "G-RETRY-STORM"),
}


# Of the classes of faults those that each gap needs; all take their time.
FEW = ["--classes", "hang,kill,slow,contract,wrong"]


GATHER = ("labs", "meds", "notes", "vitals")
TASK = '{"input": {"encounter": "E-1001"}}'
SAID = {}  # by worker, for all tests of a program
QUICK_NS = {"summary": 2_000_000_000}  # by a worker that is as it was
TRIES = 200


class QuickCase(ClinicalCase):
    def setUp(self):
        super().setUp()
        for name in GATHER:
            self.say_at_once(name)
        for _ in range(TRIES):
            if self.was_quick():
                return
            shutil.rmtree(self.path(".reprise"))
        self.fail("somebody was slow in each recording")

    def say_at_once(self, name):
        if name not in SAID:
            SAID[name] = subprocess.run(
                [os.path.join(self.example, name)], input=TASK.encode(),
                stdout=subprocess.PIPE, check=True).stdout
        self.write(f"clinical/{name}.said", SAID[name])
        self.write(f"clinical/{name}", "#!/bin/sh\ncat >/dev/null\n"
                   f"exec cat {name}.said\n", 0o755)

    def was_quick(self):
        """Whether each task of a session took one short attempt."""
        run = self.run_it("run", "clinical/plan.json", "--quiet")
        self.assertIn(run.status, (0, 1, 3), run.err)
        tasks = self.expect(0, "show", "--json").json()["tasks"]
        return run.status == 0 and all(
            len(task["tries"]) == 1 and
            int(task["ended_ns"]) - int(task["began_ns"]) < QUICK_NS.get(
                task["path"], 1_000_000_000)
            for task in tasks)


class SweepCase(QuickCase):
    def patient(self, name="clinical/plan.json"):
        """The same plan, for live runs: who works is never given up."""
        with open(self.path(name), encoding="utf-8") as file:
            self.write("clinical/patient.json", patient(file.read()))
        return "clinical/patient.json"

    def without(self, defence):
        old, new, _ = REMOVED[defence]
        with open(self.path("clinical", "plan.json"), encoding="utf-8") as f:
            text = f.read()
        self.assertIn(old, text)
        text = text.replace(old, new)
        if defence == "cap":
            text = text.replace('"attempts": 20, ', "")
        self.write(f"clinical/no-{defence}.json", text)
        return f"clinical/no-{defence}.json"

    def gaps(self, text):
        return re.findall(r"^ *\d+ (G-[A-Z-]+)", text, re.M)

    def line(self, text, word):
        return shlex.split(re.search(rf"^    {word} +(.*)$", text, re.M)[1])

    def formatted(self, form, plan="clinical/plan.json", status=0, *args):
        return self.expect(status, "sweep", plan, "--format", form, "--quiet",
                           "--classes", "hang,kill",
                           *args).out

    def lines(self, name):
        with open(self.path(name), "rb") as file:
            return file.read().splitlines()

    def accept(self, **entry):
        gap = {"gap": "G-NO-RETRY", "path": "gather/*",
               "reason": "asked once", "until": "2999-12-31"}
        gap.update(entry)
        self.write("accepted.json", json.dumps({"accepted": [gap]}))
        return ["sweep", self.without("retry"), "--accept", "accepted.json",
                "--classes", "kill"]
