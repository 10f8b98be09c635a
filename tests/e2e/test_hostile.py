#!/usr/bin/env python3
"""Workers that misbehave: each ends in its own named failure, within bounds,
and the rest of the session is unharmed. What sleeps an hour is not waited for:
every command ends within minutes on the slowest machine."""
import json
import os
import resource
import signal

import peers
from cli_support import Case, main

PYTHON = "#!/usr/bin/env python3\nimport os, sys, time\n"
# name: (program, input, class, reason); no class: its output is accepted.
WORKERS = {
    "flood": ("#!/bin/sh\nexec head -c 1073741824 /dev/zero\n", None,
              "malformed", "output_too_large"),
    "deep": (PYTHON + "print('[' * 100000 + ']' * 100000)\n", None,
             "malformed", "output_too_deep"),
    "encoding": ("#!/bin/sh\nprintf '\"\\377\\376\"'\n", None,
                 "malformed", "output_encoding"),
    "nul": ("#!/bin/sh\nprintf '{\"a\":\\0 1}'\n", None,
            "malformed", "output_syntax"),
    "twice": ("#!/bin/sh\nprintf '{\"a\":1}\\n{\"a\":2}\\n'\n", None,
              "malformed", "output_trailing"),
    "short": ("#!/bin/sh\nprintf '{\"a\": [1, 2'\n", None,
              "malformed", "output_truncated"),
    "nothing": ("#!/bin/sh\nexit 0\n", None, "malformed", "output_empty"),
    "full_exit": ("#!/bin/sh\nprintf '{\"a\":1}'\nexit 7\n", None,
                  "exit", "exit_nonzero_full"),
    "empty_exit": ("#!/bin/sh\nexit 7\n", None, "exit", "exit_nonzero"),
    "suicide": ("#!/bin/sh\nprintf '{\"a\":1}'\nkill -KILL $$\n", None,
                "crash", "signaled_full"),
    "lingers": ("#!/bin/sh\nprintf '{\"a\":1}'\nexec sleep 3600\n", None,
                None, "hung_after_output"),
    "absent": (None, None, "spawn", "spawn_failed"),
    "stderr": (PYTHON + "for _ in range(1024):\n"
               "    sys.stderr.write('x' * 65536)\n"
               "print('{\"a\": 1}')\n", None, None, "ok"),
    "closed": ("#!/bin/sh\nexec <&-\nprintf '{\"a\":1}'\n", "x" * 1000000,
               None, "ok"),
    "slowly": (PYTHON + "for c in '{\"a\": \"' + 'b' * 500 + '\"}':\n"
               "    os.write(1, c.encode())\n"
               "    os.sched_yield()\n", None, None, "ok"),
    "held": ("#!/bin/sh\nsetsid sleep 3600 &\nprintf '{\"a\":1}'\n", None,
             None, "pipe_held"),
}
RSS_MAX_MIB = 400  # sanitizers need most of it


class Hostile(Case):
    def judge(self, tasks, name):
        _, _, failed_as, reason = WORKERS[name]
        task = tasks[f"all/{name}"]
        if failed_as is None:
            self.assertEqual((name, task["status"]), (name, "ok"), task)
            self.assertEqual(task["tries"][-1].get("warning", "ok"), reason)
        else:
            self.assertEqual((name, task["class"], task["reason"]),
                             (name, failed_as, reason), task)

    def test_each_ends_as_what_it_is(self):
        agents, children = {"good": {"exec": ["./good"]}}, {}
        self.write("good", "#!/bin/sh\nprintf '{\"good\":true}'\n", 0o755)
        for name, (program, given, _, _) in WORKERS.items():
            if program is not None:
                self.write(name, program, 0o755)
            agents[name] = {"exec": [f"./{name}"]}
            children[name] = {"agent": name, "input": given}
        children["good"] = {"agent": "good"}
        self.write("absent", "#!/no/such/interpreter\n", 0o755)
        self.write("plan.json", json.dumps({
            "reprise": 1, "name": "hostile", "agents": agents,
            "defaults": {"timeout": "1200s", "retry": {"attempts": 1}},
            "concurrency": 4,
            "flow": {"id": "all", "parallel": children, "need": 1}}))
        result = self.expect(3, "run", "plan.json")
        self.assertEqual(result.json()["good"], {"good": True})
        tasks = {task["path"]: task for task in
                 self.expect(0, "show", "--json").json()["tasks"]}
        for name in WORKERS:
            with self.subTest(name):
                self.judge(tasks, name)
        stderr = tasks["all/stderr"]["tries"][0]["stderr"]
        self.assertEqual(stderr["bytes"], 64 << 20)
        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
        self.assertLess(used, RSS_MAX_MIB)
        self.expect(0, "verify")


class Hang(Case):
    """One of three hangs; the writer says what is missing."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.end_what_is_left)
        self.write("fast", "#!/bin/sh\nprintf '{\"a\":1}'\n", 0o755)
        self.write("writer", PYTHON + "import json\n"
                   "task = json.load(sys.stdin)\n"
                   "print(json.dumps({'missing': [m['name'] for m in "
                   "task['input']['missing']]}))\n", 0o755)
        hangs = {"exec": ["./hangs"], "timeout": "500ms", "grace": "100ms",
                 "retry": {"attempts": 2, "backoff": "100ms..100ms",
                           "on": ["timeout"]}}
        self.write("plan.json", json.dumps({
            "reprise": 1, "name": "hang",
            "agents": {"fast": {"exec": ["./fast"]}, "hangs": hangs,
                       "writer": {"exec": ["./writer"]}},
            "flow": {"sequence": [
                {"id": "gather", "need": 2,
                 "aggregate": {},
                 "parallel": {"one": {"agent": "fast"},
                              "two": {"agent": "fast"},
                              "three": {"agent": "hangs"}}},
                {"id": "write", "agent": "writer", "role": "synthesis",
                 "input": {"from": "gather"}}]}}))

    def alive(self):
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    if f"PWD={self.dir}".encode() in file.read().split(b"\0"):
                        found.append(int(pid))
            except OSError:
                pass
        return found

    def end_what_is_left(self):
        for pid in self.alive():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def run_it_and_look(self):
        result = self.expect(3, "run", "plan.json")
        self.assertEqual(result.json(), {"missing": ["three"]})
        peers.wait_until(lambda: not self.alive(), "the end of all")
        shown = self.expect(0, "show", "--json").json()
        tasks = {task["path"]: task for task in shown["tasks"]}
        three = tasks["gather/three"]
        self.assertEqual((three["status"], len(three["tries"])),
                         ("timed_out", 2))
        # Two timeouts and one pause, drawn from [50 ms, 100 ms].
        released = int(three["ended_ns"]) - int(three["began_ns"])
        self.assertGreaterEqual(released, 1050_000_000)
        self.expect(0, "verify")

    def test_a_hung_worker_is_named_and_waited_for_no_longer(self):
        self.write("hangs", "#!/bin/sh\nexec sleep 3600\n", 0o755)
        self.run_it_and_look()

    def test_one_that_ignores_sigterm_leaves_nobody(self):
        self.write("hangs", "#!/bin/sh\ntrap '' TERM\n"
                   "setsid sh -c 'trap \"\" TERM; sleep 3600' &\n"
                   "sleep 3600 &\nwait\nsleep 3600\n", 0o755)
        self.run_it_and_look()


if __name__ == "__main__":
    main()
