"""What the tests of `reprise sweep` share: the clinical example, run once, and
copies of its plan without one defence."""
import json
import re
import shlex

from clinical_support import ClinicalCase

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


class SweepCase(ClinicalCase):
    def setUp(self):
        super().setUp()
        self.expect(0, "run", "clinical/plan.json", "--quiet")

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
