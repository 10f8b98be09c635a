#!/usr/bin/env python3
"""replay: real workers once, and again from what was recorded."""
import json
import os
import re
import shutil
import signal
import subprocess
import time
import unittest

from cli_plans import agent
from cli_support import BIN, TIMEOUT_S, WRAPPER, Case, environment, main

PATIENCE = "900s"  # of who is expected to deliver
WORKERS = {
    "slow": "#!/bin/sh\ncat >/dev/null\nsleep 0.6\n"
            "printf '{\"f\": [{\"k\": \"a\", \"v\": 1}]}\\n'\n",
    "quick": "#!/bin/sh\ncat >/dev/null\nsleep 0.2\n"
             "printf '{\"f\": [{\"k\": \"a\", \"v\": 2}]}\\n'\n",
    "writer": "#!/bin/sh\ncat >/dev/null\nsleep 0.2\n"
              "printf '{\"text\": \"done\"}\\n'\n",
    # Fails once: the task document tells the attempt.
    "second": "#!/bin/sh\nread -r task\ncase $task in\n"
              "*'\"attempt\":1'*) exit 3 ;;\nesac\nprintf '{\"f\": []}\\n'\n",
    "stubborn": "#!/bin/sh\ntrap '' TERM\ncat >/dev/null\n"
                "while :; do sleep 0.05; done\n",
    "silent": "#!/bin/sh\ncat >/dev/null\necho here >&2\nexec sleep 3600\n",
    "half": "#!/bin/sh\ncat >/dev/null\nprintf '{\"f\": ['\n",
    "crash": "#!/bin/sh\ncat >/dev/null\nkill -SEGV $$\n",
}
HANGS = "#!/bin/sh\necho here >>hangs.log\nexec sleep 3600\n"


def plan(agents, need, **limits):
    """Agents side by side, and a writer that is given what they found."""
    document = {
        "reprise": 1, "name": "clinic",
        "agents": dict(agents, writer=agent("writer")),
        "flow": {"sequence": [
            {"id": "gather", "need": need,
             "parallel": {name: {"agent": name} for name in agents},
             "aggregate": {"facts": {"at": "/f", "key": "/k",
                                     "value": "/v"}}},
            {"id": "summary", "agent": "writer", "role": "synthesis",
             "input": {"evidence": {"from": "gather"}}}]}}
    document.update(limits)
    return json.dumps(document, indent=2)


def clinic(labs=PATIENCE, meds=PATIENCE):
    """Of these timeouts."""
    return plan({"labs": agent("slow", timeout=labs),
                 "meds": agent("quick", timeout=meds)}, 1)


class Replay(Case):
    def setUp(self):
        super().setUp()
        for name, text in WORKERS.items():
            self.write(name, text, 0o755)
        self.write("plan.json", clinic())
        self.write("hasty.json", clinic("300ms"))

    def record(self, status=0, name="plan.json", *args):
        self.expect(status, "run", name, "--quiet", "--input", '{"e": 1}',
                    *args)
        return json.loads(self.expect(0, "ls", "--json", "--limit",
                                      "1").out)["session"]

    def last_line(self, result):
        return result.err.rstrip().splitlines()[-1]

    def sessions(self):
        return len(self.expect(0, "ls", "--json").out.splitlines())


class AsItWas(Replay):
    def test_a_second_of_work_is_replayed_in_a_moment(self):
        began = time.monotonic()
        self.record()
        ran = time.monotonic() - began
        self.assertGreater(ran, 0.8)
        replayed = []
        for _ in range(10):  # a busy machine is so only now and then
            began = time.monotonic()
            result = self.expect(0, "replay")
            replayed.append(time.monotonic() - began)
        self.assertLess(min(replayed), ran)
        self.assertEqual(json.loads(result.out), {"text": "done"})
        self.assertRegex(self.last_line(result),
                         r"^identical: (\d+) of \1 records, [\d.]+s of worker "
                         r"time replayed in ")
        self.assertIn("labs", result.err)
        self.assertEqual(self.sessions(), 1)

    def test_no_worker_is_run_or_needed(self):
        self.record()
        for name in WORKERS:
            os.unlink(self.path(name))
        os.unlink(self.path("plan.json"))
        self.expect(0, "replay")
        self.expect(3, "replay", "--plan", "hasty.json")

    def test_every_way_that_work_ends_is_identical(self):
        limits = {"stubborn": {"timeout": "500ms"}, "silent": {"idle": "300ms"},
                  "slow": {"timeout": "500ms", "idle": "300ms"}}
        retry = {"attempts": 2, "backoff": "20ms",
                 "on": ["timeout", "idle", "crash", "exit", "malformed"]}
        names = [name for name in WORKERS if name != "writer"]
        self.write("all.json", plan(
            {name: agent(name, grace="100ms", retry=retry,
                         **limits.get(name, {})) for name in names}, 1,
            concurrency=4))
        self.record(3, "all.json")
        result = self.expect(0, "replay")
        self.assertIn("identical", self.last_line(result))
        self.assertIn("stubborn", result.err)

    def test_an_interrupted_session_is_interrupted_again(self):
        self.write("hangs", HANGS, 0o755)
        self.write("hangs.json", plan({"labs": agent("hangs"),
                                       "meds": agent("quick")}, 2))
        process = self.start("run", "hangs.json", "--progress", "none",
                             "--input", '{"e": 1}')
        while process.poll() is None and not self.words_of("hangs.log"):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=TIMEOUT_S)
        self.assertEqual(process.returncode, 130)
        result = self.expect(0, "replay")
        self.assertIn("identical", self.last_line(result))
        self.assertIn("CANCELLED", result.err)

    def test_a_faulted_session_replays_without_its_faults(self):
        self.record(3, "plan.json", "--fault", "meds : out.truncate")
        self.assertIn("identical", self.last_line(self.expect(0, "replay")))

    def test_a_session_is_named_as_everywhere(self):
        session = self.record()
        self.expect(0, "replay", session[-6:])
        self.assertIn("reprise ls", self.expect(2, "replay", "ZZZZZZ").err)
        self.expect(4, "replay", "--store", "none.db")

    def test_quiet_says_nothing(self):
        self.record()
        result = self.expect(0, "replay", "--quiet")
        self.assertEqual(result.err, "")
        self.assertEqual(json.loads(result.out), {"text": "done"})

    def test_nothing_is_executed_or_contacted(self):
        self.record()
        strace = shutil.which("strace")
        if strace is None:
            self.skipTest("strace is not installed")
        if WRAPPER:
            self.skipTest("the program runs under something else")
        log = self.path("calls")
        # A leak detector traces its own process, which strace does already.
        done = subprocess.run(
            [strace, "-f", "-e", "trace=process,network,kill", "-o", log, BIN,
             "replay", "--fault", "labs : hang"],
            cwd=self.dir, capture_output=True, timeout=TIMEOUT_S, check=False,
            env=environment(ASAN_OPTIONS="detect_leaks=0"))
        with open(log, encoding="utf-8") as file:
            calls = file.read()
        if "execve(" not in calls:
            self.skipTest("processes cannot be traced here: " +
                          done.stderr.decode("utf-8", "replace").strip())
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertEqual(len(re.findall(r"\bexecve(at)?\(", calls)), 1, calls)
        for name in ("socket", "connect", "bind", "fork", "vfork", "kill"):
            self.assertIsNone(re.search(rf"\b{name}\(", calls), calls)


class Changed(Replay):
    def test_a_shorter_timeout_is_reached(self):
        self.record()
        result = self.expect(3, "replay", "--plan", "hasty.json")
        self.assertEqual(json.loads(result.out), {"text": "done"})
        self.assertRegex(result.err, r"gather/labs +ok in .*, 1 try +timed_out "
                                     r"in 0\.3s, 1 try: timeout")
        self.assertIn("summary@1/call:1", result.err)
        self.assertIn("degraded, was ok", self.last_line(result))

    def test_what_a_changed_plan_comes_to_is_told(self):
        self.write("counts", "#!/bin/sh\ncat >/dev/null\n"
                   "echo '{\"type\":\"usage\",\"input_tokens\":120,"
                   "\"output_tokens\":30}' >&3\nsleep 0.2\n"
                   "printf '{\"f\": []}\\n'\n", 0o755)
        for name, agents in (("one.json", ("a",)), ("two.json", ("a", "b"))):
            self.write(name, plan({a: agent("counts") for a in agents}, 1))
        self.record(0, "two.json")
        result = self.expect(0, "replay", "--plan", "one.json")
        for row in (r"calls +3 +2\n", r"tokens in +240 +120\n",
                    r"tokens out +60 +30\n", r"decisions +\d+ +\d+\n"):
            self.assertRegex(result.err, row)
        told = self.expect(0, "replay", "--plan", "one.json", "--json").json()
        self.assertEqual(
            [(told[side]["calls"], told[side]["input_tokens"],
              told[side]["output_tokens"]) for side in
             ("recorded", "replayed")], [(3, 240, 60), (2, 120, 30)])
        self.assertNotIn("IN ALL", self.expect(0, "replay").err)

    def test_a_longer_timeout_needs_a_live_worker(self):
        self.record(3, "hasty.json")
        result = self.expect(1, "replay", "--plan", "plan.json")
        self.assertIn("gather/labs@1/call:1 needs a live worker", result.err)
        self.assertIn("timeout", result.err)
        self.assertEqual(result.out, "")

    def test_faults_over_the_recording_do_what_they_do_live(self):
        self.record()
        for fault, status, late in (
                ("labs : hang", 3, ["labs"]), ("meds : kill", 3, []),
                ("labs : out.truncate", 3, []),
                ("gather/* : hang", 1, ["labs", "meds"]),
                ("summary : kill", 1, [])):
            self.write("p.json", clinic(**{name: "1s" for name in late}))
            live = self.run_it("run", "p.json", "--quiet", "--input",
                               '{"e": 1}', "--fault", fault, "--store",
                               "live.db")
            self.assertEqual(live.status, status, fault)
            was = self.expect(0, "show", "--json", "--store",
                              "live.db").json()
            now = self.expect(status, "replay", "--fault", fault, "--plan",
                              "p.json", "--json").json()
            expected = {
                task["path"]: (task["status"], task["reason"],
                               len(task["tries"]))
                for task in was["tasks"] if task["tries"]}
            seen = {
                lane["path"]: (lane["replayed"]["status"],
                               lane["replayed"]["reason"],
                               len(lane["replayed"]["tries"]))
                for lane in now["lanes"] if lane.get("replayed")}
            self.assertEqual(seen, expected, fault)
            self.assertEqual(now["faults_without_effect"], [])

    def test_a_fault_that_does_nothing_is_said(self):
        self.record()
        result = self.expect(1, "replay", "--fault", "labs [7] : hang")
        self.assertIn("touched nothing", result.err)
        self.expect(0, "replay", "--fault", "labs [7] ?50% : hang")

    def test_a_changed_input_is_answered_and_listed_or_refused(self):
        self.record()
        result = self.expect(0, "replay", "--input", '{"e": 2}')
        self.assertIn("gather/labs@1/call:1", result.err)
        result = self.expect(1, "replay", "--input", '{"e": 2}', "--strict")
        self.assertIn("/e: 1 -> 2", result.err)
        self.assertEqual(result.out, "")

    def test_what_is_wrong_is_told_before_anything_is_run(self):
        self.record()
        self.write("bad.json", "{}")
        for args in (("--plan", "bad.json"), ("--plan", "gone.json"),
                     ("--fault", "nobody : hang"), ("--fault", "labs"),
                     ("--seed", "x"), ("--input", "gone.json"), ("a", "b")):
            self.expect(2, "replay", *args)


class Kept(Replay):
    def test_a_recorded_replay_names_its_source_and_replays(self):
        session = self.record()
        result = self.expect(3, "replay", "--plan", "hasty.json", "--record")
        self.assertIn("reprise show", result.err)
        shown = self.expect(0, "show", "--json").json()
        self.assertEqual(shown["mode"], "rerun")
        self.assertEqual(shown["source"], session)
        self.assertEqual(shown["status"], "degraded")
        self.assertIn(f"replay of {session[-6:]}", self.expect(0, "ls").out)
        self.assertIn("identical", self.last_line(self.expect(0, "replay")))
        self.expect(0, "verify")
        self.assertEqual(self.sessions(), 2)

    def test_a_miss_leaves_nothing_behind(self):
        self.record(3, "hasty.json")
        self.expect(1, "replay", "--plan", "plan.json", "--record")
        self.assertEqual(self.sessions(), 1)


class ForPrograms(Replay):
    def test_json_meets_its_schema(self):
        self.record()
        self.write("schema.json", self.expect(0, "schema", "replay").out)
        for args, status in (((), 0), (("--plan", "hasty.json"), 3),
                             (("--record",), 0), (("--strict", "--plan",
                                                   "hasty.json"), 1)):
            result = self.expect(status, "replay", "--json", *args)
            self.write("result.json", result.out)
            self.expect(0, "check", "--format", "--schema", "schema.json",
                        "result.json")
            document = json.loads(result.out)
            self.assertEqual("miss" in document, status == 1)
            self.assertEqual(document["identical"], status == 0)
            self.assertEqual("session" in document, "--record" in args)
            if status != 1:
                self.assertEqual(document["output"], {"text": "done"})
                self.assertEqual(result.err, "")


if __name__ == "__main__":
    main()
