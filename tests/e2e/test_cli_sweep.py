#!/usr/bin/env python3
"""`reprise sweep` of the clinical example: nothing is found in it, and in
copies of its plan without one defence exactly that one."""
import re

from cli_support import main
from sweep_support import FEW, REMOVED, SweepCase


class Sweep(SweepCase):
    def test_nothing_is_missing_in_the_example(self):
        for args in ([], ["clinical/plan.json", *FEW]):
            result = self.expect(0, "sweep", *args)
            self.assertEqual(self.gaps(result.out), [])
            self.assertIn("\nNo gap, for this session", result.out)
            self.assertNotRegex(result.out, "never fired|not to be trusted")
            for task in ("gather/labs", "gather/notes", "summary"):
                self.assertRegex(result.out, rf"(?m)^{task} ")

    def test_each_defence_that_is_removed_is_named_and_shown(self):
        for defence, (_, _, gap) in REMOVED.items():
            with self.subTest(defence):
                plan = self.without(defence)
                result = self.expect(1, "sweep", plan, *FEW)
                self.assertEqual(self.gaps(result.out), [gap])
                replay = self.line(result.out, "replay")
                self.assertEqual(replay[0], "reprise")
                shown = self.run_it(*replay[1:])
                self.assertIn("fault injected", shown.err)
                self.assertIn(shown.status, (0, 1, 3))

    def test_the_line_that_shows_a_gap_live_does(self):
        result = self.expect(1, "sweep", self.without("retry"), *FEW)
        live = self.run_it(*self.line(result.out, "live")[1:], "--quiet")
        self.assertEqual(live.status, 3, live.err)
        shown = self.expect(0, "show").out
        self.assertRegex(shown, r"gather/labs|labs +")
        self.assertIn("fault injected", shown)

    def test_a_line_without_a_plan_file_shows_it_too(self):
        self.expect(0, "run", self.without("retry"), "--quiet")
        result = self.expect(1, "sweep", *FEW)
        live = self.line(result.out, "live")
        self.assertEqual(live[:2], ["reprise", "fork"])
        self.assertEqual(self.run_it(*live[1:], "--quiet").status, 3)

    def test_what_cannot_be_swept_is_told(self):
        result = self.expect(2, "sweep", "--classes", "hang,kil")
        self.assertIn("did you mean 'kill'", result.err)
        self.write("other.json", '{"reprise":1,"name":"other","agents":{"a":'
                   '{"exec":["true"]}},"flow":{"agent":"a"}}')
        result = self.expect(2, "sweep", "other.json")
        self.assertIn("no session of plan 'other'", result.err)
        self.assertIn("reprise run other.json", result.err)
        result = self.expect(3, "sweep", "--store", "nowhere.db")
        self.assertIn("no store", result.err)

    def test_pairs_find_nothing_in_the_example_either(self):
        result = self.expect(0, "sweep", "--depth", "2",
                             "--classes", "hang,kill,exit")
        pairs = int(re.search(r"^(\d+) of them pairs", result.out, re.M)[1])
        self.assertGreater(pairs, 200)
        self.assertEqual(self.gaps(result.out), [])

    def test_a_budget_stops_it_and_is_told(self):
        result = self.expect(5, "sweep", "--budget", "40")
        self.assertIn("not all scenarios were tried", result.out)
        self.assertIn("40 scenarios", result.out)
        self.expect(2, "sweep", "--budget", "-3")
        self.expect(2, "sweep", "--depth", "3")

    def test_each_defence_is_told_as_used_or_not(self):
        out = self.expect(0, "sweep", *FEW).out.split("\nDEFENCES\n")[1]
        rows = {line.split()[0]: line.split()[1:]
                for line in out.split("\n\n")[0].splitlines()}
        self.assertEqual(rows["TASK"], ["timeout", "idle", "deadline",
                                        "retry", "fallback", "contract"])
        self.assertEqual(rows["gather/labs"], [
            "effective", "effective", "-", "effective", "-", "effective"])

    def test_how_late_a_task_may_be_and_whose_limit_that_is(self):
        for args, source in (([], "the plan"),
                             (["clinical/plan.json"], "defaults.idle")):
            out = self.expect(0, "sweep", *args, *FEW).out
            match = re.search(
                r"gather/labs: a delay of ([0-9.]+)s or more is ended "
                r"\(idle, 3.0s\); that limit is from (.*)", out)
            self.assertTrue(2.0 < float(match[1]) <= 3.0)
            self.assertEqual(match[2], source)

    def test_orders_of_arrival_are_tried_too(self):
        out = self.expect(0, "sweep", "--classes", "slow").out
        self.assertIn("\nOrders of arrival: 24 of 24 tried.\n", out)

    def test_strict_assumes_no_answer(self):
        result = self.expect(0, "sweep", "--strict", "--classes", "kill")
        self.assertIn("need a live worker", result.out)
        self.assertNotIn("is taken", result.out)


if __name__ == "__main__":
    main()
