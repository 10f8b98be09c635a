#!/usr/bin/env python3
"""`reprise sweep` of the clinical example: nothing is found in it, and in
copies of its plan without one defence exactly that one."""
import datetime
import json
import os
import re
import shlex
import shutil
import subprocess
import xml.etree.ElementTree as xml

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
        plan = self.without("need")
        for form in ("text", "json", "html"):
            self.assertEqual(self.formatted(form, plan, 1, "--random", "50"),
                             self.formatted(form, plan, 1, "--random", "50"))
        self.assertNotEqual(
            self.formatted("json", plan, 1, "--random", "50", "--seed", "1"),
            self.formatted("json", plan, 1, "--random", "50", "--seed", "2"))

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

    def formatted(self, form, plan="clinical/plan.json", status=0, *args):
        return self.expect(status, "sweep", plan, "--format", form, "--quiet",
                           *args).out

    def test_json_meets_its_schema(self):
        self.write("schema.json", self.expect(0, "schema", "sweep").out)
        text = self.formatted("json", self.without("need"), 1, "--depth", "2")
        self.write("report.json", text)
        self.expect(0, "check", "--schema", "schema.json", "report.json")
        report = json.loads(text)
        self.assertEqual([gap["gap"] for gap in report["gaps"]],
                         ["G-PARTIAL-LOSS"])
        self.assertEqual(len(report["cases"]), report["scenarios"])
        self.assertEqual(sum(report["counts"].values()), report["scenarios"])

    def test_json_lines_are_the_cases_and_the_rest(self):
        whole = json.loads(self.formatted("json"))
        lines = [json.loads(line)
                 for line in self.formatted("jsonl").splitlines()]
        self.assertEqual(lines[:-1], whole.pop("cases"))
        self.assertEqual(lines[-1], whole)

    def test_junit_has_a_case_for_each_scenario(self):
        plan = self.without("need")
        report = json.loads(self.formatted("json", plan, 1))
        suites = xml.fromstring(self.formatted("junit", plan, 1))
        cases = suites.findall("./testsuite/testcase")
        self.assertEqual(len(cases), report["scenarios"])
        failures = suites.findall(".//failure")
        self.assertEqual({f.get("type") for f in failures},
                         {"G-PARTIAL-LOSS"})
        self.assertEqual(len(failures),
                         sum("gaps" in case for case in report["cases"]))
        self.assertIn("reprise replay",
                      suites.find(".//failure/../system-out").text)

    def test_sarif_points_at_the_line_of_the_plan(self):
        plan = self.without("retry")
        log = json.loads(self.formatted("sarif", plan, 1))
        self.assertEqual(log["version"], "2.1.0")
        with open(self.path(plan), encoding="utf-8") as file:
            lines = file.read().splitlines()
        results = log["runs"][0]["results"]
        self.assertEqual(len(results), 5)
        for result in results:
            where = result["locations"][0]
            physical = where["physicalLocation"]
            self.assertEqual(physical["artifactLocation"]["uri"], plan)
            name = where["logicalLocations"][0]["fullyQualifiedName"]
            agent = {"summary": "writer"}.get(name, name.split("/")[-1])
            self.assertIn(f'"{agent}":',
                          lines[physical["region"]["startLine"] - 1])

    def test_markdown_tells_what_is_new_and_what_is_fixed(self):
        self.write("base.json",
                   self.formatted("json", self.without("need"), 1))
        text = self.formatted("markdown", self.without("retry"), 1,
                              "--base", "base.json")
        self.assertRegex(text, r"\| new \| G-NO-RETRY \| gather/labs \|")
        self.assertRegex(text, r"\| fixed \| G-PARTIAL-LOSS \| gather \|")
        text = self.formatted("markdown", self.without("need"), 1,
                              "--base", "base.json")
        self.assertRegex(text, r"\| same \| G-PARTIAL-LOSS \|")
        self.expect(2, "sweep", "--base", "clinical/plan.json")

    def test_html_is_one_page_that_loads_nothing(self):
        text = self.formatted("html", self.without("need"), 1)
        self.assertTrue(text.startswith("<!doctype html>"))
        self.assertNotRegex(text, r"(src|href)=|@import|url\(")
        self.assertIn("G-PARTIAL-LOSS", text)

    def lines(self, name):
        with open(self.path(name), "rb") as file:
            return file.read().splitlines()

    def test_what_was_played_is_not_played_again(self):
        args = ["sweep", self.without("need"), "--depth", "2"]
        whole = self.expect(1, *args).out
        first = self.expect(1, *args, "--results", "runs.jsonl")
        played = int(re.search(r"(\d+) scenarios played", first.err)[1])
        self.assertEqual(first.out, whole)
        again = self.expect(1, *args, "--results", "runs.jsonl")
        self.assertEqual(again.out, whole)
        self.assertIn("0 scenarios played", again.err)
        self.assertIn(f"{played} known already", again.err)
        judged = self.expect(1, *args, "--judge", "runs.jsonl")
        self.assertEqual(judged.out, whole)
        # Another plan is other runs.
        other = self.expect(0, "sweep", "clinical/plan.json", "--results",
                            "runs.jsonl")
        self.assertNotIn("known", other.err)

    def test_who_was_killed_goes_on_where_it_was(self):
        self.not_under_a_wrapper("it would be killed instead")
        args = ["sweep", self.without("need"), "--depth", "2"]
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
                "40"]
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

    def test_gaps_and_other_scenarios_are_confirmed_live(self):
        plan = self.without("retry")
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

    def test_a_live_run_that_goes_otherwise_is_told(self):
        # The recorded worker is not what stands there now.
        self.write("clinical/labs", "#!/bin/sh\nexit 3\n", 0o755)
        result = self.expect(3, "sweep", "--classes", "kill", "--confirm",
                             "live:10")
        self.assertIn(" live", result.out)
        self.assertRegex(result.out, r"masked in the sweep, (declared|clean)")

    def accept(self, **entry):
        gap = {"gap": "G-NO-RETRY", "path": "gather/*",
               "reason": "asked once", "until": "2999-12-31"}
        gap.update(entry)
        self.write("accepted.json", json.dumps({"accepted": [gap]}))
        return ["sweep", self.without("retry"), "--accept", "accepted.json"]

    def test_accepted_gaps_count_until_their_day(self):
        result = self.expect(1, *self.accept())
        self.assertIn("accepted: G-NO-RETRY  gather/labs: asked once",
                      result.out)
        self.assertRegex(result.out, r"1 G-NO-RETRY  summary\n")
        result = self.expect(0, *self.accept(path="**"))
        self.assertEqual(self.gaps(result.out), [])
        today = datetime.datetime.now(datetime.timezone.utc).date()
        self.expect(0, *self.accept(path="**", until=str(
            today + datetime.timedelta(days=1))))
        result = self.expect(1, *self.accept(path="**", until=str(
            today - datetime.timedelta(days=1))))
        self.assertIn("only until a day that is over", result.out)
        result = self.expect(1, *self.accept(gap="G-CONFLICT"))
        self.assertIn("is not there", result.out)

    def test_what_is_accepted_needs_a_reason_and_a_day(self):
        for entry in ({"reason": ""}, {"until": "soon"}, {"gap": "G-RETRY"}):
            self.expect(2, *self.accept(**entry))

    def test_each_defence_is_told_as_used_or_not(self):
        out = self.expect(0, "sweep").out.split("\nDEFENCES\n")[1]
        rows = {line.split()[0]: line.split()[1:]
                for line in out.split("\n\n")[0].splitlines()}
        self.assertEqual(rows["TASK"], ["timeout", "idle", "deadline",
                                        "retry", "fallback", "contract"])
        self.assertEqual(rows["gather/labs"][:5], [
            "unreached", "effective", "-", "effective", "-"])

    def test_strict_assumes_no_answer(self):
        result = self.expect(0, "sweep", "--strict", "--classes", "kill")
        self.assertIn("need a live worker", result.out)
        self.assertNotIn("is taken", result.out)


if __name__ == "__main__":
    main()
