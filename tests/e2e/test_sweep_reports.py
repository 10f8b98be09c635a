#!/usr/bin/env python3
"""Reports of `reprise sweep` for programs and CI, and gaps to live with."""
import datetime
import json
import re
import xml.etree.ElementTree as xml

from cli_support import main
from sweep_support import SweepCase


class Reports(SweepCase):
    def test_the_same_sweep_is_the_same_to_the_byte(self):
        plan = self.without("need")
        for form in ("text", "json", "html"):
            self.assertEqual(self.formatted(form, plan, 1, "--random", "50"),
                             self.formatted(form, plan, 1, "--random", "50"))
        self.assertNotEqual(
            self.formatted("json", plan, 1, "--random", "50", "--seed", "1"),
            self.formatted("json", plan, 1, "--random", "50", "--seed", "2"))

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
        # A command is pasted as it stands there.
        self.assertRegex(text, r"\| `reprise replay \w+ --plan "
                               r"clinical/no-need.json --fault '[^`\\]+'` \|")
        self.expect(2, "sweep", "--base", "clinical/plan.json")

    def test_html_is_one_page_that_loads_nothing(self):
        text = self.formatted("html", self.without("need"), 1)
        self.assertTrue(text.startswith("<!doctype html>"))
        self.assertNotRegex(text, r"(src|href)=|@import|url\(")
        self.assertIn("G-PARTIAL-LOSS", text)

    def test_html_and_markdown_say_how_far_they_go(self):
        args = ["sweep", "clinical/plan.json", "--quiet", "--classes",
                "kill,slow", "--format"]
        text = self.expect(0, *args, "html").out
        for title in ("Defences", "Margins", "How far this goes"):
            self.assertIn(f"<h2>{title}</h2>", text)
        self.assertRegex(text, r"<li>gather/labs: a delay of [\d.]+s or more")
        self.assertRegex(text, r'<th scope="row">summary</th><td class="good">'
                               "effective</td>")
        self.assertNotIn("<h2>Gaps</h2>", text)
        for form in ("html", "markdown"):
            self.assertIn("Stopped at the limit", self.expect(
                5, *args, form, "--budget", "20").out)

    def test_html_draws_each_gap_beside_the_run_without_faults(self):
        text = self.formatted("html", self.without("timeout"), 1)
        drawn = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
        self.assertEqual(len(drawn), text.count('<div class="gap'))
        svg = xml.fromstring(drawn[0])
        pieces = [(piece.get("class"), piece[0].text)
                  for piece in svg.findall("rect")]
        self.assertTrue(any(kind == "was" and
                            re.match("without faults: attempt 1, .*, ok$", told)
                            for kind, told in pieces), pieces)
        self.assertTrue(any("hit" in kind and "fault injected" in told
                            for kind, told in pieces), pieces)
        self.assertEqual({text.text for text in svg.findall("text")} & {
            "gather/labs", "gather/meds", "gather/notes", "gather/vitals",
            "summary"}, {"gather/labs", "gather/meds", "gather/notes",
                         "gather/vitals", "summary"})
        self.assertRegex(text, r"They part \(dashed\) at gather/labs after ")

    def oracles(self, *oracles):
        self.write("own/oracles.json", json.dumps({"oracles": oracles}))
        return ["sweep", "--classes", "kill", "--oracles", "own/oracles.json"]

    def own_gaps(self, status, *oracles):
        result = self.expect(status, *self.oracles(*oracles), "--format",
                             "json", "--quiet")
        return {gap["path"]: gap for gap in result.json()["gaps"]}

    def test_what_shall_hold_is_checked_in_every_scenario(self):
        degraded = {"properties": {"outcome": {"const": "degraded"}}}
        says_so = {"properties": {"output": {"properties": {
            "complete": {"const": True}}}}}
        once = {"properties": {"tasks": {"properties": {"gather/labs": {
            "properties": {"attempts": {"maximum": 1}}}}}}}
        named = {"properties": {"missing": {"minItems": 1}}}
        gaps = self.own_gaps(
            1, {"id": "named", "when": degraded, "check": named},
            {"id": "once", "check": once},
            {"id": "complete", "check": says_so})
        self.assertEqual(set(gaps), {"once"})
        self.assertEqual(gaps["once"]["gap"], "G-ORACLE")
        self.assertIn("above the maximum 1", gaps["once"]["detail"])
        self.assertEqual(gaps["once"]["rules"], ["gather/labs @1 : kill"])

    def test_what_never_holds_is_a_finding(self):
        status = {"properties": {"tasks": {"properties": {"gather/labs": {
            "required": ["status"],
            "properties": {"status": {"const": "WORD"}}}}}}}
        gaps = self.own_gaps(1, *(
            {"id": word, "sometimes": json.loads(
                json.dumps(status).replace("WORD", word))}
            for word in ("fallback", "failed", "ok")))
        self.assertEqual(set(gaps), {"fallback"})
        self.assertEqual(gaps["fallback"]["rules"], [])

    def test_a_program_judges_what_no_schema_can(self):
        self.write("own/check", """#!/usr/bin/env python3
import json, sys
scenario = json.load(sys.stdin)
if scenario["outcome"] == "degraded":
    sys.exit(2)
print("there is no output\\nat all")
sys.exit(0 if scenario["output"] else 1)
""", 0o755)
        gaps = self.own_gaps(1, {"id": "own", "exec": ["./check"]})
        self.assertEqual(gaps["own"]["detail"], "there is no output")
        result = self.run_it(*self.oracles({"id": "own", "exec": ["./check"]}))
        self.assertRegex(result.out, r"\d+ times an oracle could not say")

    def test_oracles_that_are_wrong_are_told_before_anything_is_played(self):
        for oracle, what in (
                ({"check": {}}, "'id' is missing"),
                ({"id": "a"}, "exactly one of"),
                ({"id": "a", "chek": {}}, "did you mean 'check'"),
                ({"id": "a", "check": {"type": "text"}}, "check")):
            result = self.expect(2, *self.oracles(oracle))
            self.assertIn(what, result.err)
        for oracles, what in (
                ([], "no oracle"),
                ([{"id": "a", "check": {}}, {"id": "a", "check": {}}],
                 "the same 'id'"),
                ([{"id": "a", "exec": ["./not-there"]}],
                 "not-there': No such file")):
            self.assertIn(what, self.expect(2, *self.oracles(*oracles)).err)

    def test_a_program_that_judges_nothing_is_told_apart(self):
        for script, what in (("exit 7", "its exit status is 7"),
                             ("kill -9 $$", "signal 9 ended it")):
            self.write("own/check", f"#!/bin/sh\n{script}\n", 0o755)
            result = self.expect(3, *self.oracles(
                {"id": "a", "exec": ["./check"]}))
            self.assertIn(what, result.err)

    def test_each_oracle_of_one_s_own_is_told_by_itself(self):
        result = self.expect(1, *self.oracles(
            {"id": "first", "check": {"required": ["nothing"]}},
            {"id": "second", "sometimes": {"required": ["nothing"]}}))
        self.assertEqual(self.gaps(result.out).count("G-ORACLE"), 2)
        for name in ("first", "second"):
            self.assertRegex(result.out, rf"\d G-ORACLE  {name}\n")

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


if __name__ == "__main__":
    main()
