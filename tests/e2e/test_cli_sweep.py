#!/usr/bin/env python3
"""`reprise sweep` of the clinical example: nothing is found in it, and in
copies of its plan without one defence exactly that one."""
import os
import re
import shlex
import shutil
import subprocess

from cli_support import Case, main

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
SOURCE = os.path.join(ROOT, "examples", "clinical")

# What is cut out of the plan, what stands there instead, the gap.
REMOVED = {
    "timeout": ('"timeout": "4s", "idle": "3s", ', "", "G-NO-TASK-TIMEOUT"),
    "retry": (',\n    "retry": { "attempts": 2, "backoff": "400ms..2s" }', "",
              "G-NO-RETRY"),
    "need": ('"need": 2,', "", "G-PARTIAL-LOSS"),
    "cap": ('"attempts": 2, "backoff"', '"attempts": 100, "backoff"',
            "G-RETRY-STORM"),
}


class Sweep(Case):
    def setUp(self):
        super().setUp()
        self.example = self.path("clinical")
        shutil.copytree(SOURCE, self.example, ignore=shutil.ignore_patterns(
            "clinical.db*", "__pycache__"))
        subprocess.run([os.path.join(self.example, "build-db")], check=True,
                       stdout=subprocess.DEVNULL)
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

    def test_nothing_is_missing_in_the_example(self):
        for args in ([], ["clinical/plan.json"]):
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
                result = self.expect(1, "sweep", plan)
                self.assertEqual(self.gaps(result.out), [gap])
                replay = self.line(result.out, "replay")
                self.assertEqual(replay[0], "reprise")
                shown = self.run_it(*replay[1:])
                self.assertIn("fault injected", shown.err)
                self.assertIn(shown.status, (0, 1, 3))

    def test_the_line_that_shows_a_gap_live_does(self):
        result = self.expect(1, "sweep", self.without("retry"))
        live = self.run_it(*self.line(result.out, "live")[1:], "--quiet")
        self.assertEqual(live.status, 3, live.err)
        shown = self.expect(0, "show").out
        self.assertRegex(shown, r"gather/labs|labs +")
        self.assertIn("fault injected", shown)

    def test_a_line_without_a_plan_file_shows_it_too(self):
        self.expect(0, "run", self.without("retry"), "--quiet")
        result = self.expect(1, "sweep")
        live = self.line(result.out, "live")
        self.assertEqual(live[:2], ["reprise", "fork"])
        self.assertEqual(self.run_it(*live[1:], "--quiet").status, 3)

    def test_the_same_sweep_is_the_same_to_the_byte(self):
        def body(out):
            return out.split("\n", 1)[1]

        plan = self.without("need")
        first = self.expect(1, "sweep", plan).out
        again = self.expect(1, "sweep", plan).out
        self.assertEqual(body(first), body(again))

    def test_what_cannot_be_swept_is_told(self):
        result = self.expect(2, "sweep", "--classes", "hang,kil")
        self.assertIn("did you mean 'kill'", result.err)
        self.write("other.json", '{"reprise":1,"name":"other","agents":{"a":'
                   '{"exec":["true"]}},"flow":{"agent":"a"}}')
        result = self.expect(2, "sweep", "other.json")
        self.assertIn("no session of plan 'other' is recorded", result.err)
        self.assertIn("reprise run other.json", result.err)
        result = self.expect(3, "sweep", "--store", "nowhere.db")
        self.assertIn("no store", result.err)

    def test_pairs_find_nothing_in_the_example_either(self):
        result = self.expect(0, "sweep", "--depth", "2")
        pairs = int(re.search(r"^(\d+) of them pairs", result.out, re.M)[1])
        self.assertGreater(pairs, 500)
        self.assertEqual(self.gaps(result.out), [])

    def test_a_budget_stops_it_and_is_told(self):
        result = self.expect(5, "sweep", "--budget", "40")
        self.assertIn("not all were tried", result.out)
        self.assertIn("40 scenarios", result.out)
        self.expect(2, "sweep", "--budget", "-3")
        self.expect(2, "sweep", "--depth", "3")

    def test_strict_assumes_no_answer(self):
        result = self.expect(0, "sweep", "--strict", "--classes", "kill")
        self.assertIn("need a live worker", result.out)
        self.assertNotIn("is taken", result.out)


if __name__ == "__main__":
    main()
