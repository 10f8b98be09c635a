#!/usr/bin/env python3
"""verify over many sessions: bundles, directories, processes side by side,
and reports that CI reads."""
import json
import os
import xml.etree.ElementTree as xml

from cli_plans import agent, plan, write_all
from cli_support import Case, main

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "golden", "0.1")


class Reports(Case):
    def setUp(self):
        super().setUp()
        write_all(self)

    def run_plan(self, name="ok.json", status=0):
        self.expect(status, "run", name, "--quiet")
        return json.loads(
            self.expect(0, "ls", "--json", "--limit", "1").out)["session"]

    def lines(self, status, *args):
        out = self.expect(status, "verify", "--json", *args).out
        return [json.loads(line) for line in out.splitlines()]

    def bundles(self):
        """A folder with two bundles, three sessions in them."""
        ids = [self.run_plan(), self.run_plan(),
               self.run_plan("failed.json", 1)]
        os.mkdir(self.path("recorded"))
        self.expect(0, "bundle", ids[0], ids[1], "-o", "recorded/a.bundle")
        self.expect(0, "bundle", ids[2], "-o", "recorded/b.bundle")
        self.write("recorded/notes.txt", "not a bundle")
        return ids

    def test_all_sessions_of_a_bundle_are_verified(self):
        ids = self.bundles()
        found = self.lines(0, "recorded/a.bundle")
        self.assertEqual({line["session"] for line in found}, set(ids[:2]))
        self.assertEqual({line["bundle"] for line in found},
                         {"recorded/a.bundle"})

    def test_all_bundles_of_a_directory_are_verified(self):
        ids = self.bundles()
        found = self.lines(0, "recorded")
        self.assertEqual([line["bundle"] for line in found],
                         ["recorded/a.bundle"] * 2 + ["recorded/b.bundle"])
        self.assertEqual({line["session"] for line in found}, set(ids))
        self.assertEqual(found[2]["status"], "failed")

    def test_no_store_is_needed_for_bundles(self):
        self.bundles()
        self.expect(0, "verify", "recorded", "--store", "none.db")
        self.expect(4, "verify", "last", "recorded", "--store", "none.db")

    def test_sessions_and_bundles_stand_side_by_side(self):
        ids = self.bundles()
        found = self.lines(0, ids[2], "recorded/b.bundle")
        self.assertEqual([line["session"] for line in found], [ids[2]] * 2)
        self.assertNotIn("bundle", found[0])

    def test_a_directory_without_bundles_is_an_error(self):
        os.mkdir(self.path("empty"))
        result = self.expect(2, "verify", "empty")
        self.assertIn("no *.bundle in directory 'empty'", result.err)

    def test_a_bundle_that_was_cut_spoils_no_other(self):
        ids = self.bundles()
        with open(self.path("recorded", "a.bundle"), "r+b") as file:
            file.truncate(os.path.getsize(file.name) // 2)
        found = self.lines(4, "recorded")
        self.assertEqual(found[0]["bundle"], "recorded/a.bundle")
        self.assertFalse(found[0]["verifies"])
        self.assertIn("a.bundle", found[0]["error"])
        self.assertEqual(found[1]["session"], ids[2])
        self.assertTrue(found[1]["verifies"])

    def test_any_number_of_processes_tells_the_same(self):
        for _ in range(7):
            self.run_plan()
        one = self.expect(0, "verify", "--all", "--jobs", "1").out
        self.assertEqual(len(one.splitlines()), 7)
        for count in ("2", "3", "16"):
            self.assertEqual(
                self.expect(0, "verify", "--all", "--jobs", count).out, one)
        for wrong in ("0", "65", "x", "-1", ""):
            self.expect(2, "verify", "--all", "--jobs", wrong)

    def test_the_golden_sessions_verify_in_one_go(self):
        found = self.lines(0, GOLDEN)
        self.assertGreaterEqual(len(found), 9)
        self.assertTrue(all(line["verifies"] for line in found))

    def strict(self):
        """A recorded session, and its plan with another contract."""
        text = {"type": "object"}
        self.write("p.json", plan({"labs": agent("good", output=text)}))
        self.expect(0, "run", "p.json", "--quiet")
        self.write("strict.json", plan({
            "labs": agent("good", output={"required": ["never"]})}))

    def test_a_contract_that_judges_otherwise_is_named_so(self):
        self.strict()
        divergence = self.lines(1, "--plan", "strict.json")[0]["divergence"]
        self.assertEqual(divergence["class"], "contract")
        self.assertEqual(divergence["lane"], "gather/labs")
        self.assertRegex(divergence["before"],
                         r"^record 1: the session started at ")
        text = self.expect(1, "verify", "--plan", "strict.json").out
        self.assertRegex(text, r"(?m)^  before +record 1: ")

    def test_junit_counts_what_it_lists(self):
        self.strict()
        self.bundles()
        with open(self.path("recorded", "b.bundle"), "r+b") as file:
            file.truncate(os.path.getsize(file.name) // 2)
        out = self.expect(4, "verify", "recorded", "--format", "junit").out
        suite = xml.fromstring(out.encode()).find("testsuite")
        cases = suite.findall("testcase")
        self.assertEqual((suite.get("tests"), suite.get("failures"),
                          suite.get("errors")), ("3", "0", "1"))
        self.assertEqual(len(cases), 3)
        self.assertIsNotNone(cases[2].find("error").get("message"))
        out = self.expect(1, "verify", "--all", "--plan", "strict.json",
                          "--format", "junit").out
        suite = xml.fromstring(out.encode()).find("testsuite")
        self.assertEqual(int(suite.get("failures")),
                         len(suite.findall("testcase/failure")))
        types = {f.get("type") for f in suite.iter("failure")}
        self.assertIn("contract", types)

    def test_markdown_lists_what_does_not_verify(self):
        self.strict()
        good = self.expect(0, "verify", "--format", "markdown").out
        self.assertEqual(good, "### reprise verify: 1 of 1 verify\n")
        bad = self.expect(1, "verify", "--plan", "strict.json", "--format",
                          "markdown").out
        self.assertIn("### reprise verify: 0 of 1 verify", bad)
        rows = [line for line in bad.splitlines() if line.startswith("| ")]
        self.assertEqual(len(rows), 2)
        self.assertIn("| contract |", rows[1])

    def test_formats_that_there_are(self):
        self.run_plan()
        self.expect(2, "verify", "--format", "yaml")
        self.expect(2, "verify", "--format", "junit", "--json")
        self.expect(0, "verify", "--format", "json", "--json")


if __name__ == "__main__":
    main()
