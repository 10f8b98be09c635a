#!/usr/bin/env python3
"""Reports of `reprise sweep` for programs and CI, and gaps to live with."""
import datetime
import json
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
        self.expect(2, "sweep", "--base", "clinical/plan.json")

    def test_html_is_one_page_that_loads_nothing(self):
        text = self.formatted("html", self.without("need"), 1)
        self.assertTrue(text.startswith("<!doctype html>"))
        self.assertNotRegex(text, r"(src|href)=|@import|url\(")
        self.assertIn("G-PARTIAL-LOSS", text)

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
