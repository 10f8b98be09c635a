#!/usr/bin/env python3
"""replay --live and --miss: what a lane does when the recording has no
answer."""
import json
import os
import select
import signal

from cli_plans import WORKERS
from cli_support import TIMEOUT_S, Case, children, main

WORKER = """#!/bin/sh
echo "$REPRISE_PATH" >>began.log
printf '{"n":%s}' "$1"
"""
# Answers after half a second, whatever time it is told.
SLOW = """#!/bin/sh
echo "$REPRISE_PATH" >>began.log
sleep 0.5
printf '{"n":7}'
"""


class Live(Case):
    def setUp(self):
        super().setUp()
        self.write("worker", WORKER, 0o755)
        self.write("slow", SLOW, 0o755)
        self.write("join", WORKERS["total"], 0o755)
        self.write("plan.json", self.plan())
        self.expect(0, "run", "plan.json", "--quiet", "--input", '{"b": 2}')
        os.unlink(self.path("began.log"))

    @staticmethod
    def plan(**more):
        agents = {"w": {"exec": ["./worker", "${{ input }}"],
                        "effects": "none", "retry": {"attempts": 1}},
                  "join": {"exec": ["./join"], "effects": "none"}}
        agents["w"].update(more)
        return json.dumps({
            "reprise": 1, "name": "live", "agents": agents,
            "flow": {"sequence": [
                {"id": "all", "parallel": {
                    "a": {"agent": "w", "input": 1},
                    "b": {"agent": "w",
                          "input": {"from": "input", "at": "/b"}}}},
                {"id": "total", "agent": "join",
                 "input": {"from": "all"}}]}})

    def began(self):
        return self.words_of("began.log")

    def replay(self, status, *args):
        return self.expect(status, "replay", "--json", *args).json()

    def test_what_was_recorded_is_not_made_again(self):
        found = self.replay(0, "--live", "**")
        self.assertTrue(found["identical"])
        self.assertEqual((found["live"], self.began()), ([], []))

    def test_what_was_not_recorded_is_made_live_and_said(self):
        text = self.expect(0, "replay", "--input", '{"b": 5}', "--live",
                           "all/*", "--live", "total")
        self.assertEqual(text.out, '{"total":6}\n')
        self.assertEqual(self.began(), ["all/b@1", "total@1"])
        self.assertIn("Not recorded, and run live:\n  all/b@1/call:1\n"
                      "  total@1/call:1\n", text.err)
        self.assertEqual(self.expect(0, "ls").out.count("live"), 1)

    def test_lanes_that_are_not_named_answer_as_then(self):
        found = self.replay(0, "--input", '{"b": 5}', "--live", "all/b")
        self.assertEqual(found["live"], ["all/b@1/call:1"])
        self.assertEqual(self.began(), ["all/b@1"])
        self.assertEqual([(a["call"], a["match"]) for a in found["answers"]],
                         [("total@1/call:1", "changed")])
        self.write("schema.json", self.expect(0, "schema", "replay").out)
        self.write("found.json", json.dumps(found))
        self.expect(0, "check", "--schema", "schema.json", "found.json")

    def test_without_it_a_miss_is_a_failure(self):
        self.expect(1, "replay", "--input", '{"b": 5}', "--miss",
                    "all/b=fail")
        self.expect(0, "replay", "--input", '{"b": 5}', "--miss",
                    "all/a=fail")
        self.assertEqual(self.began(), [])

    def test_a_miss_is_answered_by_a_value(self):
        self.write("seven.json", '{"n": 7}')
        for value in ("seven.json", '{"n": 7}'):
            found = self.replay(
                1, "--input", '{"b": 5}', "--miss", f"all/*=stub:{value}",
                "--miss", "total=fail")
            self.assertIn('/b/n: 2 -> 7', found["miss"])
        found = self.replay(0, "--input", '{"b": 5}', "--miss",
                            "all/*=stub:seven.json", "--live", "total")
        self.assertEqual(found["output"], {"total": 8})
        self.assertEqual((found["stubbed"], found["live"]),
                         (["all/b@1/call:1"], ["total@1/call:1"]))

    def test_the_first_rule_that_fits_counts(self):
        found = self.replay(
            0, "--input", '{"b": 5}', "--miss", 'all/b=stub:{"n":2}',
            "--miss", "all/b=fail", "--live", "**")
        self.assertEqual(found["stubbed"], ["all/b@1/call:1"])
        self.assertEqual(found["live"], [])  # the total is asked the same

    def record_a_timeout(self):
        self.write("worker", SLOW, 0o755)
        self.write("short.json", self.plan(timeout="200ms", grace="50ms"))
        self.expect(1, "run", "short.json", "--quiet", "--input", '{"b": 2}')
        os.unlink(self.path("began.log"))
        self.write("long.json", self.plan(timeout="900s"))

    def test_who_is_given_more_time_than_then_is_made_live(self):
        self.record_a_timeout()
        self.assertIn("needs a live worker", self.expect(
            1, "replay", "--plan", "long.json").err)
        found = self.replay(0, "--plan", "long.json", "--live", "**")
        self.assertEqual(set(found["live"]), {
            "all/a@1/call:1", "all/b@1/call:1", "total@1/call:1"})
        self.assertEqual(found["output"], {"total": 14})
        # Virtual time went on as the workers took it.
        self.assertGreater(int(found["replayed"]["ended_ns"]), 5 * 10**8)
        self.assertEqual(self.replay(0, "--live", "**")["live"], [])

    def test_an_agent_that_is_new_in_the_plan_runs(self):
        self.write("new", "#!/bin/sh\ncat >/dev/null\necho '{\"n\": 3}'\n",
                   0o755)
        document = json.loads(self.plan())
        document["agents"]["new"] = {"exec": ["./new"]}
        document["flow"]["sequence"][0]["parallel"]["c"] = {"agent": "new"}
        self.write("new.json", json.dumps(document))
        self.assertIn("agent 'new' was never called", self.expect(
            1, "replay", "--plan", "new.json").err)
        found = self.replay(0, "--plan", "new.json", "--live", "**")
        self.assertEqual(found["output"], {"total": 6})
        self.assertEqual(found["live"], ["all/c@1/call:1", "total@1/call:1"])

    def test_faults_happen_to_live_workers_too(self):
        self.expect(1, "replay", "--input", '{"b": 5}', "--live", "all/b",
                    "--fault", "all/b : exit.nonzero_full")
        self.assertEqual(self.began(), ["all/b@1"])

    def test_a_live_worker_reaches_its_timeout(self):
        self.write("worker", "#!/bin/sh\nexec sleep 3600\n", 0o755)
        self.write("hasty.json", self.plan(timeout="300ms", grace="50ms"))
        found = self.replay(1, "--plan", "hasty.json", "--input", '{"b": 5}',
                            "--live", "all/b")
        lane, = (x for x in found["lanes"] if x["path"] == "all/b")
        self.assertEqual(lane["replayed"]["status"], "timed_out")

    def test_it_can_be_interrupted_and_nothing_survives(self):
        self.write("worker", "#!/bin/sh\necho $$ >>pids.log\n"
                             "exec sleep 3600\n", 0o755)
        process = self.start("replay", "--input", '{"b": 5}', "--live", "**")
        while not self.words_of("pids.log") and process.poll() is None:
            select.select([], [], [], 0.005)
        worker = int(self.words_of("pids.log")[0])
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=TIMEOUT_S)
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"ended on request", err)
        self.assertFalse(os.path.exists(f"/proc/{worker}"))
        self.assertEqual(children(process.pid), [])

    def test_what_is_wrong_starts_nothing(self):
        for args, text in (
                (("--live", "nothing"), "no task"),
                (("--miss", "nothing=live"), "no task"),
                (("--miss", "all/b"), "is not LANES=POLICY"),
                (("--miss", "all/b=maybe"), "is not LANES=POLICY"),
                (("--miss", "all/b=stub:none.json"), "none.json"),
                (("--live", "all/b", "--record"), "is not kept"),
                (("--live", "all/b", "--order", "reverse"), "run once"),
                (("--live", "all/b", "--fault", "orchestrator [3] : crash"),
                 "after a crash")):
            self.assertIn(text, self.expect(2, "replay", *args).err)
        self.assertEqual(self.began(), [])


if __name__ == "__main__":
    main()
