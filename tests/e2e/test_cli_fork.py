#!/usr/bin/env python3
"""A session again with something otherwise: exactly what follows from the
change runs, and exactly that is different."""
import json
import os

from cli_plans import WORKERS
from cli_support import Case, main

WORKER = """#!/bin/sh
echo "$REPRISE_PATH" >>began.log
printf '{"n":%s}' "$1"
"""


class Fork(Case):
    def setUp(self):
        super().setUp()
        self.write("worker", WORKER, 0o755)
        self.write("join", WORKERS["total"], 0o755)
        self.write("plan.json", json.dumps({
            "reprise": 1, "name": "fork",
            "agents": {"w": {"exec": ["./worker", "${{ input }}"],
                             "retry": {"attempts": 1}, "timeout": "900s"},
                       "join": {"exec": ["./join"], "timeout": "900s"}},
            "flow": {"sequence": [
                {"id": "all", "need": 2, "parallel": {
                    f"w{i}": {"agent": "w", "input": i}
                    for i in (1, 2, 3)}},
                {"id": "total", "agent": "join",
                 "input": {"from": "all"}}]}}))
        self.expect(0, "run", "plan.json")
        self.first = self.last()["session"]
        os.unlink(self.path("began.log"))

    def last(self):
        return json.loads(self.expect(0, "ls", "--json", "--limit", "1").out)

    def began(self):
        return self.words_of("began.log")

    def changed(self):
        """Paths of the lanes that went otherwise than in the first."""
        lanes = self.run_it("diff", self.first, "last", "--json").json()
        return {lane["path"] for lane in lanes["lanes"]
                if lane["change"] not in ("same", "times")}

    def test_an_edited_output_runs_what_depends_on_it(self):
        self.write("edited.json", '{"n": 40}')
        result = self.expect(0, "fork", "--output", "all/w2=edited.json")
        self.assertEqual(result.json(), {"total": 44})
        self.assertEqual(self.began(), ["total@1"])
        self.assertEqual(self.changed(), {"all/w2", "total"})
        self.assertEqual(self.last()["tags"], {"fork_of": self.first})

    def test_an_answer_is_a_document_a_file_or_standard_input(self):
        for value in ('{"n": 40}', '-', 'all/w2={"n": 40}'):
            at = () if value.startswith("all/") else ("--at", "all/w2")
            result = self.expect(0, "fork", self.first, *at, "--output",
                                 value, input='{"n": 40}')
            self.assertEqual(result.json(), {"total": 44})
        refused = self.expect(2, "fork", "--at", "all/w2", "--output", '{"n"')
        self.assertIn("""'{"n"' is not JSON: """, refused.err)

    def test_nothing_otherwise_runs_nothing(self):
        self.assertEqual(self.expect(0, "fork").json(), {"total": 6})
        self.assertEqual(self.began(), [])
        self.assertEqual(self.changed(), set())

    def test_another_input_runs_who_is_asked_something_else(self):
        self.write("plan.json", json.dumps({
            "reprise": 1, "name": "asked",
            "input": {"type": "object", "required": ["n"]},
            "agents": {"w": {"exec": ["./worker", "${{ input }}"]}},
            "flow": {"id": "all", "parallel": {
                "same": {"agent": "w", "input": 1},
                "other": {"agent": "w",
                          "input": {"from": "input", "at": "/n"}}}}}))
        self.expect(0, "run", "plan.json", "--input", '{"n": 2}')
        self.first = self.last()["session"]
        os.unlink(self.path("began.log"))
        self.expect(0, "fork", "--input", '{"n": 5}')
        self.assertEqual(self.began(), ["all/other@1"])
        self.assertEqual(self.changed(), {"all/other"})
        self.assertEqual(self.last()["source"], self.first)
        self.assertIn(f"made from {self.first[-6:]}",
                      self.expect(0, "ls").out)
        self.assertIn(f", made from {self.first}",
                      self.expect(0, "show").out)
        self.expect(0, "verify")
        self.assertIn("contract",
                      self.expect(2, "fork", "--input", "{}").err)

    def test_the_trace_links_to_what_it_descends_from(self):
        def root():
            spans = json.loads(self.expect(0, "export").out)
            return spans["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
        source = root()
        self.expect(0, "fork")
        fork = root()
        self.assertNotEqual(fork["traceId"], source["traceId"])
        link, = fork["links"]
        self.assertEqual((link["traceId"], link["spanId"]),
                         (source["traceId"], source["spanId"]))
        self.assertEqual(link["attributes"][0]["value"],
                         {"stringValue": "descends_from"})

    def test_a_task_is_asked_something_else(self):
        self.write("40.json", "40")
        result = self.expect(0, "fork", "--at", "all/w2", "--input", "40.json")
        self.assertEqual(result.json(), {"total": 44})
        self.assertEqual(self.began(), ["all/w2@1", "total@1"])
        self.assertEqual(self.changed(), {"all/w2", "total"})
        self.expect(0, "verify")
        self.assertIn("identical: ", self.expect(0, "replay").err)

    def test_the_input_that_was_is_no_change(self):
        self.write("same.json", "2.0")
        self.expect(0, "fork", "--at", "all/w2", "--input", "same.json")
        self.assertEqual(self.began(), [])
        self.assertEqual(self.changed(), set())

    def test_an_input_is_taken_as_it_stands(self):
        self.write("odd.json", '{"a": ["${{ input }}", "$${{"], "from": "x",'
                               ' "b": {"at": ""}}')
        self.expect(1, "fork", "--at", "total", "--input", "odd.json")
        asked = self.expect(0, "show", "--io", "total", "--part", "input")
        self.assertEqual(asked.json(), {
            "a": ["${{ input }}", "$${{"], "from": "x", "b": {"at": ""}})
        self.write("reference.json", '{"a": {"from": "input"}}')
        self.assertIn("is a reference", self.expect(
            2, "fork", "--at", "total", "--input", "reference.json").err)

    def test_the_contract_of_a_task_holds_for_its_new_input(self):
        self.write("plan.json", json.dumps({
            "reprise": 1, "name": "held",
            "agents": {"w": {"exec": ["./worker", "7"],
                             "input": {"type": "object"}}},
            "flow": {"id": "w", "agent": "w"}}))
        self.expect(0, "run", "plan.json", "--input", "{}")
        self.assertIn("contract", self.expect(
            2, "fork", "--at", "w", "--input", "[]").err)

    def test_an_answer_is_that_of_its_task_alone(self):
        self.write("plan.json", json.dumps({
            "reprise": 1, "name": "alike",
            "agents": {"w": {"exec": ["./worker", "1"]},
                       "join": {"exec": ["./join"]}},
            "flow": {"sequence": [
                {"id": "all", "parallel": {"a": {"agent": "w"},
                                           "b": {"agent": "w"}}},
                {"id": "total", "agent": "join",
                 "input": {"from": "all"}}]}}))
        self.expect(0, "run", "plan.json")
        self.first = self.last()["session"]
        os.unlink(self.path("began.log"))
        self.write("edited.json", '{"n": 40}')
        result = self.expect(0, "fork", "--at", "all/b", "--output",
                             "edited.json")
        self.assertEqual(result.json(), {"total": 41})
        self.assertEqual(self.changed(), {"all/b", "total"})
        os.unlink(self.path("began.log"))
        self.expect(0, "fork", self.first, "--live", "all/a")
        self.assertEqual(self.began(), ["all/a@1"])
        os.unlink(self.path("began.log"))
        self.expect(0, "fork", self.first, "--input", '{"x": 1}', "--output",
                    "all/b=edited.json")
        self.assertEqual(self.began(), ["all/a@1", "total@1"])

    def test_what_is_at_a_path_runs_and_with_a_pattern_what_came_later(self):
        self.expect(0, "fork", "--at", "all/w1")
        self.assertEqual(self.began(), ["all/w1@1"])
        os.unlink(self.path("began.log"))
        self.expect(0, "fork", self.first, "--at", "total", "--live", "**")
        self.assertEqual(self.began(), ["total@1"])

    def test_a_fault_happens_at_a_path(self):
        result = self.expect(3, "fork", "--at", "all/w3", "--fault", "kill")
        self.assertEqual(result.json(), {"total": 3})
        self.assertEqual(self.began(), ["total@1"])
        self.assertIn("--at says where", self.expect(
            2, "fork", "--at", "all/w3", "--fault", "all/w3 : hang").err)

    def test_live_tasks_run(self):
        self.expect(0, "fork", "--live", "all/w1", "--live", "total")
        self.assertEqual(self.began(), ["all/w1@1", "total@1"])
        self.assertEqual(self.changed(), set())

    def test_faults_are_forced_on_what_is_recalled_too(self):
        result = self.expect(3, "fork", "--fault", "all/w3 : kill")
        self.assertEqual(result.json(), {"total": 3})
        self.assertEqual(self.began(), ["total@1"])
        self.assertEqual(self.changed(), {"all/w3", "total"})
        self.expect(0, "verify")

    def test_a_forked_session_is_forked_from_itself(self):
        self.expect(0, "fork")
        second = self.last()["session"]
        self.expect(0, "fork")
        self.assertEqual(self.last()["tags"], {"fork_of": second})

    def test_what_is_wrong_starts_nothing(self):
        self.write("edited.json", "{}")
        for args, text in (
                (("--output", "all/w9=edited.json"), "all/w9"),
                (("--at", "all/w9"), "all/w9"),
                (("--at", "all"), "all"),
                (("--at", "all/w1", "--output", "edited.json", "--input",
                  "1"), "nothing is asked"),
                (("--at", "all/w1", "--output", "a", "--output", "b"),
                 "given twice"),
                (("--at", "all/w1", "--input", "{"), "is not JSON"),
                (("--output", "all/w1"), "is not PATH=FILE"),
                (("--output", "all/w1=missing.json"), "missing.json"),
                (("--live", "nothing"), "nothing"),
                (("--fault", "all/w1 : hnag"), "hnag")):
            self.assertIn(text, self.expect(2, "fork", *args).err)
        self.assertEqual(self.last()["session"], self.first)


if __name__ == "__main__":
    main()
