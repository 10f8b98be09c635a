#!/usr/bin/env python3
"""Plans drawn by a seed, run by real processes beside a busy machine: each
session verifies, replays to the same bytes and does not depend on order but
where its plan says that time decides.

REPRISE_PLANS says how many (60), REPRISE_SEED which are first (1)."""
import json
import os
import random
import subprocess
import sys

from cli_support import Case, main

COUNT = int(os.environ.get("REPRISE_PLANS", "60"))
FIRST = int(os.environ.get("REPRISE_SEED", "1"))
DEPTH_MAX = 3
WIDTH_MAX = 4
ORDERS_EVERY = 4

# Workers by name, and how often each is drawn. What they do is of this world:
# they read all, take a moment, and end in every way a worker ends.
WORKERS = {
    "good": (6, 'printf \'{"answer": %s}\\n\' "$$"'),
    "slow": (2, 'sleep 0.0$((RANDOM % 4)); echo \'{"answer": 1}\''),
    "flaky": (3, 'case $REPRISE_PATH in *@1) exit 1;; esac; '
                 'echo \'{"answer": 2}\''),
    "fails": (2, 'echo sorry >&2; exit 3'),
    "torn": (2, 'printf \'{"answer": \''),
    "dies": (1, 'kill -KILL $$'),
    "hangs": (1, 'exec sleep 30'),
}


class Drawn:
    """One plan; what was drawn of it is in its text."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.agents = {}
        self.nodes = 0

    def agent(self):
        r = self.random
        names = list(WORKERS)
        worker = r.choices(names, [WORKERS[name][0] for name in names])[0]
        spec = {"exec": [f"./{worker}"], "effects": "none",
                "timeout": "250ms" if worker == "hangs" else "600s",
                "grace": "100ms",
                "retry": {"attempts": r.randint(1, 3),
                          "backoff": r.choice(["0s", "1ms", "1ms..5ms"])}}
        if r.random() < 0.25:
            spec["optional"] = True
        if r.random() < 0.25:
            spec["fallback"] = {"value": {"answer": 0}}
        if r.random() < 0.2:
            spec["output"] = {"type": "object", "required": ["answer"]}
        name = f"a{len(self.agents)}"
        self.agents[name] = spec
        return name

    def node(self, depth):
        r = self.random
        self.nodes += 1
        if depth == DEPTH_MAX or r.random() < 0.35:
            return {"agent": self.agent()}
        if r.random() < 0.5:
            return {"sequence": [self.named(depth + 1) for _ in
                                 range(r.randint(1, WIDTH_MAX))]}
        count = r.randint(1, WIDTH_MAX)
        node = {"parallel": {f"c{i}": self.node(depth + 1)
                             for i in range(count)}}
        if r.random() < 0.6:
            node["need"] = r.choice(["any", r.randint(1, count)])
        return node

    def named(self, depth):
        node = self.node(depth)
        node["id"] = f"n{self.nodes}"
        return node

    def text(self):
        plan = {"reprise": 1, "name": "drawn", "flow": self.named(0),
                "agents": self.agents}
        r = self.random
        if r.random() < 0.3:
            plan["budget"] = {"attempts": r.randint(1, 12)}
        if r.random() < 0.5:
            plan["concurrency"] = r.randint(1, 4)
        return json.dumps(plan, indent=1)


class Random(Case):
    def setUp(self):
        super().setUp()
        for name, (_, body) in WORKERS.items():
            self.write(name, f"#!/bin/bash\ncat >/dev/null\n{body}\n", 0o755)

    def busy(self):
        """Somebody else who wants each of the processors."""
        for _ in range(os.cpu_count()):
            process = subprocess.Popen(
                [sys.executable, "-c", "while True: sum(range(10000))"])
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)

    def one(self, seed):
        self.write("plan.json", Drawn(seed).text())
        how = f"seed {seed}: REPRISE_SEED={seed} REPRISE_PLANS=1"
        run = self.run_it("run", "plan.json", "--quiet", "--seed", str(seed))
        if run.status == 2:  # a need that can never be met, for one
            self.assertIn("nothing was started", run.err, how)
            return 2
        self.assertIn(run.status, (0, 1, 3), how + run.err)
        self.assertNotIn("Sanitizer", run.err, how)
        again = self.run_it("replay", "--quiet")
        self.assertEqual((again.status, again.out), (0, run.out),
                         how + again.err)
        if seed % ORDERS_EVERY == 0:
            self.other_orders(seed, how)
        return run.status

    def other_orders(self, seed, how):
        order = self.run_it("replay", "--json", "--order",
                            f"shuffle:{seed}:20")
        self.assertIn(order.status, (0, 1), how + order.err)
        finding = json.loads(order.out)["finding"]
        if "budget" not in Drawn(seed).text():
            self.assertEqual(finding, "same", how + order.out)

    def test_each_verifies_and_replays_to_the_same_bytes(self):
        self.busy()
        statuses = [self.one(seed) for seed in range(FIRST, FIRST + COUNT)]
        self.expect(0, "verify", "--all")  # their seeds are those of the plans
        if COUNT >= 20:  # else there may be no such plan among them
            self.assertLessEqual({0, 1, 3}, set(statuses))
            self.assertLess(statuses.count(2), COUNT / 3)


if __name__ == "__main__":
    main()
