#!/usr/bin/env python3
"""Two sessions side by side."""
import json

from cli_plans import agent, plan, write_all
from cli_support import Case, main


class Diff(Case):
    def setUp(self):
        super().setUp()
        write_all(self)

    def run_one(self, status, *args):
        self.expect(status, "run", *args)
        return json.loads(
            self.expect(0, "ls", "--json", "--limit", "1").out)["session"]

    def test_two_runs_of_one_plan_are_equal_but_for_their_times(self):
        first = self.run_one(0, "ok.json")
        second = self.run_one(0, "ok.json")
        result = self.expect(0, "diff", first, second)
        self.assertIn("equal in decisions and outputs", result.out)
        self.assertNotIn("LANE", result.out)
        timed = self.expect(1, "diff", first, second, "--times")
        self.assertIn("gather/labs", timed.out)
        self.assertIn("times counted", timed.out)

    def test_a_failure_is_shown_with_its_reasons(self):
        first = self.run_one(0, "ok.json")
        second = self.run_one(1, "ok.json", "--fault", "notes : kill")
        out = self.expect(1, "diff", first, second).out
        self.assertRegex(out, r"gather/notes +ok in .*, 1 try +failed in "
                              r".*: signaled")
        self.assertNotIn("gather/labs", out)
        self.assertIn("different in decisions and outputs", out)

    def test_an_output_is_compared_place_by_place(self):
        first = self.run_one(0, "ok.json")
        self.write("stub.json", '{"answer": 43, "why": [1]}')
        second = self.run_one(0, "ok.json", "--stub", "labs=stub.json")
        out = self.expect(1, "diff", first, second).out
        self.assertIn("gather/labs: output\n  /answer: 42 -> 43\n"
                      "  /why: nothing -> [1]\n", out)
        self.assertIn("the session: output\n  /labs/answer: 42 -> 43\n", out)

    def test_plan_and_input_are_compared(self):
        self.write("a.json", plan({"labs": agent("good")}))
        self.write("b.json", plan({"labs": agent("good", timeout="7m"),
                                   "notes": agent("note")}))
        first = self.run_one(0, "a.json", "--input", '{"n": 1}')
        second = self.run_one(0, "b.json", "--input", '{"n": 2}')
        out = self.expect(1, "diff", first, second).out
        self.assertIn("\nplan\n", out)
        self.assertIn('"15m" -> "7m"', out)
        self.assertIn("\ninput\n  /n: 1 -> 2\n", out)
        self.assertRegex(out, "gather/notes +not asked for +ok in")

    def test_for_programs(self):
        first = self.run_one(0, "ok.json")
        second = self.run_one(3, "degraded.json")
        result = self.expect(1, "diff", "--json", first, second)
        document = result.json()
        self.assertEqual((document["schema"], document["equal"]),
                         ("reprise.diff/1", False))
        lanes = {lane["path"]: lane["change"] for lane in document["lanes"]}
        self.assertEqual(lanes["gather/notes"], "changed")
        self.write("diff.json", result.out)
        self.write("schema.json", self.expect(0, "schema", "diff").out)
        self.expect(0, "check", "--schema", "schema.json", "diff.json")

    def test_a_session_equals_its_replay(self):
        first = self.run_one(3, "degraded.json")
        self.expect(0, "replay", "--record", "--quiet")
        second = json.loads(self.expect(
            0, "ls", "--json", "--limit", "1").out)["session"]
        self.assertNotEqual(first, second)
        self.expect(0, "diff", first, second, "--times")

    def test_what_is_not_there_is_told(self):
        self.run_one(0, "ok.json")
        self.expect(2, "diff", "last", "ZZZZ")
        self.expect(2, "diff", "last")


if __name__ == "__main__":
    main()
