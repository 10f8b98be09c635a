#!/usr/bin/env python3
"""`reprise sweep --confirm live:all`: every scenario with real workers, several
side by side; what is kept, what is tried twice, and what is told of it."""
import json
import os
import re
import signal
import time

from cli_support import Case, main

WAIT_S = 600

PLAN = {
    "reprise": 1, "name": "small",
    "defaults": {"timeout": "600s", "idle": "600s", "effects": "none",
                 "retry": {"attempts": 2, "backoff": "20ms..40ms"}},
    "agents": {name: {"exec": ["./worker", name],
                      "output": {"type": "object", "required": ["x"]}}
               for name in ("a", "b")},
    "flow": {"id": "gather", "need": 1,
             "parallel": {"a": {"agent": "a"}, "b": {"agent": "b"}}},
}

WORKER = """#!/bin/sh
if [ "$1" = b ] && { [ -e busy ] || rm late 2> /dev/null; }; then
    exec sleep 3600
fi
# Those that come late wait, so that there is something to interrupt.
if [ -e hold ] && echo >> began && [ "$(wc -l < began)" -gt 24 ]; then
    exec sleep 3600
fi
printf '{"x": "from %s"}\\n' "$1"
"""


class Live(Case):
    def setUp(self):
        super().setUp()
        self.write("worker", WORKER, 0o755)
        os.mkdir(self.path("tmp"))

    def record(self, **defaults):
        plan = json.loads(json.dumps(PLAN))
        plan["defaults"].update(defaults)
        self.write("plan.json", json.dumps(plan))
        self.expect(0, "run", "plan.json", "--quiet")

    def sweep(self, status, *args):
        return self.expect(status, "sweep", "plan.json", "--results", "r.jsonl",
                           *args, env={"TMPDIR": self.path("tmp")})

    def kept(self):
        with open(self.path("r.jsonl"), encoding="utf-8") as file:
            return [line for line in file if '"rules":["' in line]

    def test_every_scenario_is_run_and_what_is_not_has_its_reason(self):
        self.record()
        args = ["--classes", "exit,wrong", "--format", "json", "--confirm",
                "live:all", "--jobs", "4"]
        first = self.sweep(0, *args).json()
        live = first["live"]
        played = [c for c in first["cases"] if c["verdict"] != "pruned"]
        self.assertGreater(len(played), 20)
        self.assertEqual(live["runs"], len(played))
        self.assertEqual(live["agreed"], live["runs"])
        self.assertEqual(live["known"], 0)
        self.assertEqual(live["differences"], [])
        self.assertEqual(
            [entry["why"] for entry in live["not_tried"]],
            ["the recorded output has no such place"])
        self.assertEqual(sum(entry["scenarios"] for entry in live["not_tried"]),
                         first["scenarios"] - len(played))
        again = self.sweep(0, *args).json()
        self.assertEqual(again["live"].pop("known"), live["runs"])
        self.assertEqual(first["live"].pop("known"), 0)
        self.assertEqual(again, first)
        self.assertEqual(os.listdir(self.path("tmp")), [])

    def test_who_is_interrupted_leaves_nothing_and_goes_on_where_it_was(self):
        self.not_under_a_wrapper("it would be interrupted instead")
        self.record()
        args = ["--classes", "exit"]
        self.sweep(0, *args)
        played = len(self.kept())
        self.write("hold", "")
        process = self.start(
            "sweep", "plan.json", "--results", "r.jsonl", *args, "--confirm",
            "live:all", "--jobs", "3", env={"TMPDIR": self.path("tmp")})
        deadline = time.monotonic() + WAIT_S
        while len(self.kept()) < played + 3:
            self.assertIsNone(process.poll())
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=WAIT_S)
        self.assertEqual(process.returncode, -signal.SIGINT)
        self.assertEqual(os.listdir(self.path("tmp")), [])
        kept = len(self.kept()) - played
        self.assertGreaterEqual(kept, 3)
        os.unlink(self.path("hold"))
        live = self.sweep(0, *args, "--confirm", "live:all", "--jobs", "3",
                          "--format", "json").json()["live"]
        self.assertGreaterEqual(live["known"], kept)
        self.assertEqual(live["agreed"], live["runs"])

    def test_what_a_slow_machine_decides_is_tried_once_more_and_named(self):
        self.record(timeout="15s", idle="15s", grace="100ms",
                    retry={"attempts": 1})
        self.write("late", "")
        args = ["--classes", "exit", "--confirm", "live:2"]
        first = self.sweep(1, *args).out
        self.assertIn("Live: 2 of 2 runs as in the sweep.\n", first)
        told = re.search(r"As in the sweep at the second try only, alone \(1\)"
                         r":\n  (.*)\n", first)[1]
        self.assertRegex(told, r"^'gather/[ab].*' *: [a-z-]+ in the sweep, "
                         r"[a-z-]+ live.*; workers took up to [1-9].* longer")
        self.assertFalse(os.path.exists(self.path("late")))
        again = self.sweep(1, *args).out
        self.assertIn(told, again)
        self.assertIn("; 2 of them were kept.\n", again)

    def test_what_a_slow_machine_decides_twice_is_not_decided(self):
        self.record(timeout="15s", idle="15s", grace="100ms",
                    retry={"attempts": 1})
        self.write("busy", "")
        result = self.sweep(3, "--classes", "exit", "--confirm", "live:1")
        self.assertRegex(
            result.out, r"Live: 0 of 1 runs as in the sweep.\n"
            r"Undecided, the machine was too slow or too fast twice \(1\):\n"
            r"  'gather/[ab].*; at its first try ")

    def test_what_goes_otherwise_is_told_and_tried_again_the_next_time(self):
        self.record()
        self.write("worker", "#!/bin/sh\nexit 3\n", 0o755)
        args = ["--classes", "exit", "--confirm", "live:4"]
        first = self.sweep(3, *args).out
        self.assertRegex(first, r"Otherwise live \([1-4]\):\n  'gather/")
        self.assertRegex(first, r" in the sweep, [a-z-]+ live.*; workers took ")
        self.write("worker", WORKER, 0o755)
        then = self.sweep(0, *args).out
        self.assertIn("Live: 4 of 4 runs as in the sweep", then)


if __name__ == "__main__":
    main()
