#!/usr/bin/env python3
"""Twenty plans from which a seeded mutator removed defences: `reprise sweep`
finds what was removed, where it was removed, and nothing else."""
import copy
import json
import random
import re

from cli_support import main
from sweep_support import QuickCase

SEEDS = range(1, 21)
TASKS = {"labs": "gather/labs", "meds": "gather/meds",
         "notes": "gather/notes", "vitals": "gather/vitals",
         "writer": "summary"}


def no_timeout(plan, agent):
    del plan["agents"][agent]["timeout"]
    del plan["agents"][agent]["idle"]
    return {("G-NO-TASK-TIMEOUT", TASKS[agent])}


def no_retry(plan, agent):
    del plan["agents"][agent]["retry"]
    return {("G-NO-RETRY", TASKS[agent])}


def wrong_retry(plan, agent):
    plan["agents"][agent]["retry"]["on"] = ["idle", "timeout", "malformed"]
    return {("G-NO-RETRY", TASKS[agent])}


def no_cap(plan, agent):
    plan["agents"][agent]["retry"]["attempts"] = 60
    del plan["budget"]["attempts"]
    return {("G-RETRY-STORM", TASKS[agent])}


def no_backoff(plan, agent):
    plan["agents"][agent]["retry"].update(attempts=4, backoff="300ms")
    return {("G-RETRY-NO-BACKOFF", TASKS[agent])}


def no_need(plan, _):
    del plan["flow"]["sequence"][0]["need"]
    return {("G-PARTIAL-LOSS", "gather")}


def no_contract(plan, agent):
    del plan["agents"][agent]["output"]
    del plan["agents"][agent]["contract"]
    return {("G-NO-CONTRACT", TASKS[agent])}


def no_echo(plan, agent):
    del plan["agents"][agent]["contract"]
    return {("G-NO-CONTRACT", TASKS[agent])}


def no_facts(plan, _):
    plan["flow"]["sequence"][0]["aggregate"] = {}
    return {("G-CONFLICT", "gather")}


def no_wait(plan, _):
    plan["flow"]["sequence"][0]["join"] = "enough"
    return {("G-ORDER", "gather")}


MUTATIONS = (no_timeout, no_retry, wrong_retry, no_cap, no_backoff, no_need,
             no_contract, no_echo, no_facts)
# Who is cancelled because others were faster is not asked what it lacks.
ALONE = (no_wait,)


class Mutants(QuickCase):
    def setUp(self):
        super().setUp()
        with open(self.path("clinical", "plan.json"), encoding="utf-8") as f:
            text = re.sub(r"^ *//.*$", "", f.read(), flags=re.M)
        self.plan = json.loads(text)
        # Every agent says everything itself, so that one can lack it.
        defaults = self.plan.pop("defaults")
        for agent in self.plan["agents"].values():
            agent.update(copy.deepcopy(defaults))

    def mutate(self, seed):
        """A plan, and what is missing in it."""
        chance = random.Random(seed)
        plan = copy.deepcopy(self.plan)
        missing = set()
        if chance.random() < 0.15:
            return plan, chance.choice(ALONE)(plan, None)
        for agent in chance.sample(sorted(TASKS), chance.randint(1, 3)):
            missing |= chance.choice(MUTATIONS)(plan, agent) \
                if "need" in plan["flow"]["sequence"][0] \
                and "attempts" in plan["budget"] \
                else no_retry(plan, agent)
        return plan, missing

    def found(self, name):
        result = self.run_it("sweep", name, "--format", "json", "--quiet",
                             "--classes", "hang,kill,slow,contract,wrong")
        self.assertIn(result.status, (0, 1), result.err)
        return {(gap["gap"], gap["path"]) for gap in result.json()["gaps"]}

    def test_the_plan_that_nothing_was_removed_from_lacks_nothing(self):
        self.write("clinical/whole.json", json.dumps(self.plan))
        self.assertEqual(self.found("clinical/whole.json"), set())

    def test_what_a_mutator_removed_is_found_and_nothing_else(self):
        for seed in SEEDS:
            plan, missing = self.mutate(seed)
            self.write("clinical/mutant.json", json.dumps(plan))
            self.assertEqual(self.found("clinical/mutant.json"), missing,
                             f"seed {seed}")


if __name__ == "__main__":
    main()
