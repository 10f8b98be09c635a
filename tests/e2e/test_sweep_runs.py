#!/usr/bin/env python3
"""Runs of `reprise sweep` that are kept, shared out, and confirmed live."""
import os
import re

from cli_support import main
from sweep_support import FEW, SweepCase


class Runs(SweepCase):
    def test_what_was_played_is_not_played_again(self):
        args = ["sweep", self.without("need"), "--depth", "2",
                "--classes", "hang,kill"]
        whole = self.expect(1, *args).out
        first = self.expect(1, *args, "--results", "runs.jsonl")
        self.assertNotRegex(first.err, r"\b0 scenarios")
        self.assertEqual(first.out, whole)
        again = self.expect(1, *args, "--results", "runs.jsonl")
        self.assertEqual(again.out, whole)
        self.assertIn("0 scenarios played", again.err)
        self.assertIn("known already", again.err)
        judged = self.expect(1, *args, "--judge", "runs.jsonl")
        self.assertEqual(judged.out, whole)
        # Another plan is other runs.
        other = self.expect(0, "sweep", "clinical/plan.json", "--results",
                            "runs.jsonl", "--classes", "hang,kill")
        self.assertRegex(other.err, r" [1-9][0-9]* scenarios played")

    def test_what_somebody_else_wrote_is_left_as_it_is(self):
        for text in ('{"reprise": 1}', "notes\n", "\0" * 100):
            self.write("mine", text)
            for option in ("--results", "--judge"):
                err = self.expect(2, "sweep", "--classes", "kill", option,
                                  "mine").err
                self.assertIn("'mine' is no file of results", err)
            with open(self.path("mine"), encoding="utf-8") as file:
                self.assertEqual(file.read(), text)

    def test_a_changed_line_is_not_believed(self):
        args = ["sweep", "clinical/plan.json", "--classes", "kill"]
        whole = self.expect(0, *args, "--results", "runs.jsonl")
        lines = self.lines("runs.jsonl")
        runs = [i for i, line in enumerate(lines) if b'"delivered":"' in line]
        for i, name in ((runs[3], b"delivered"), (runs[7], b"sum")):
            lines[i] = lines[i].replace(b'"%s":"' % name, b'"%s":"9' % name)
        self.write("runs.jsonl", b"\n".join(lines) + b"\n")
        again = self.expect(0, *args, "--results", "runs.jsonl")
        self.assertEqual(again.out, whole.out)
        self.assertIn("2 stored lines are cut, changed", again.err)
        self.assertIn(" 2 scenarios played", again.err)

    def test_what_is_not_stored_is_not_judged_and_no_success(self):
        self.expect(0, "sweep", "--classes", "kill", "--results", "runs.jsonl")
        judged = self.expect(5, "sweep", "--classes", "hang", "--judge",
                             "runs.jsonl")
        self.assertRegex(judged.out, r"\d+ scenarios are not stored")

    def test_who_was_killed_goes_on_where_it_was(self):
        self.not_under_a_wrapper("it would be killed instead")
        args = ["sweep", self.without("need"), "--depth", "2",
                "--classes", "hang,kill"]
        whole = self.expect(1, *args).out
        for stop in (1, 200, 400):
            process = self.start(*args, "--results", "runs.jsonl")
            while len(self.lines("runs.jsonl") if os.path.exists(
                    self.path("runs.jsonl")) else []) < stop:
                if process.poll() is not None:
                    break
            process.kill()
            process.communicate()
        # Killed in the middle of a line.
        with open(self.path("runs.jsonl"), "ab") as file:
            file.write(self.lines("runs.jsonl")[0][:200])
        kept = len(self.lines("runs.jsonl"))
        result = self.expect(1, *args, "--results", "runs.jsonl")
        self.assertEqual(result.out, whole)
        self.assertGreater(
            int(re.search(r"(\d+) known", result.err)[1]), kept // 2)

    def test_shards_put_together_are_the_whole(self):
        args = ["sweep", self.without("retry"), "--depth", "2", "--random",
                "40", "--classes", "kill,exit"]
        whole = self.expect(1, *args).out
        names = []
        for i in range(1, 4):
            names += ["--results", f"{i}.jsonl"]
            self.expect(1, *args, "--shard", f"{i}/3", *names[-2:])
        self.assertLess(len(self.lines("1.jsonl")), 800)
        merged = self.expect(1, *args, *names)
        self.assertEqual(merged.out, whole)
        self.assertIn("0 scenarios played", merged.err)
        self.expect(2, *args, "--shard", "4/3")

    def test_several_processes_find_the_same_to_the_byte(self):
        args = ["sweep", self.without("retry"), "--depth", "2", "--random",
                "300", "--classes", "kill,exit", "--format", "json"]
        alone = self.expect(1, *args)
        for jobs in ("1", "2", "5"):
            shared = self.expect(1, *args, "--jobs", jobs)
            self.assertEqual(shared.out, alone.out)
            self.assertEqual(re.search(r"\d+ scenarios", shared.err)[0],
                             re.search(r"\d+ scenarios", alone.err)[0])
        self.expect(1, *args, "--jobs", "2", "--budget", "400")
        for wrong in (["--jobs", "0"], ["--jobs", "x"], ["--jobs", "65"],
                      ["--jobs", "2", "--results", "r.jsonl"]):
            self.assertIn("--jobs", self.expect(2, *args, *wrong).err)

    def test_gaps_and_other_scenarios_are_confirmed_live(self):
        plan = self.patient(self.without("retry"))
        result = self.expect(1, "sweep", plan, "--classes", "kill",
                             "--confirm", "live:9", env={"TMPDIR": self.dir})
        agreed, late = re.search(
            r"Live: (\d) of 9 runs as in the sweep(?:; in (\d))?",
            result.out).groups()
        self.assertEqual(int(agreed) + int(late or 0), 9)
        self.assertIn("shown live", result.out)
        self.assertEqual([name for name in os.listdir(self.dir)
                          if name.startswith("reprise-sweep")], [])
        self.assertEqual(len(self.expect(0, "ls", "--json").out.split("\n")),
                         2)

    def test_a_crash_behind_any_record_costs_nothing(self):
        result = self.expect(0, "sweep", self.patient(), "--classes",
                             "crash", "--confirm", "live:8")
        self.assertIn("Live: 8 of 8 runs as in the sweep", result.out)
        self.assertRegex(result.out, r"orchestrator +S\n")

    def test_a_session_does_not_depend_on_who_watches_it(self):
        result = self.expect(0, "sweep", self.patient(), "--classes",
                             "store,export", "--confirm", "live:56")
        agreed, late, watched = re.search(
            r"Live: (\d+) of 14 runs as in the sweep(?:; in (\d+) a fault)?"
            r".*in (\d+) the store or where", result.out).groups()
        self.assertEqual(int(agreed) + int(late or 0), 14)
        self.assertGreaterEqual(int(agreed), 5)
        self.assertEqual(watched, "14")
        self.assertIn("--confirm live", self.expect(
            2, "sweep", "clinical/plan.json", "--classes", "store").err)

    def test_what_shows_a_missing_defence_shows_it_live(self):
        for defence in ("retry", "need", "echo", "contract", "facts", "join"):
            with self.subTest(defence):
                result = self.expect(1, "sweep", self.without(defence),
                                     *FEW, "--confirm", "live:1")
                self.assertIn("    shown live\n", result.out)

    def test_a_live_run_that_goes_otherwise_is_told(self):
        # The recorded worker is not what stands there now.
        self.write("clinical/labs", "#!/bin/sh\nexit 3\n", 0o755)
        result = self.expect(3, "sweep", "--classes", "kill", "--confirm",
                             "live:10")
        self.assertIn(" live", result.out)
        self.assertRegex(result.out, r"masked in the sweep, (declared|clean)")


if __name__ == "__main__":
    main()
