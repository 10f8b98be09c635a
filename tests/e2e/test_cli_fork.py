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
                             "retry": {"attempts": 1}, "timeout": "2s"},
                       "join": {"exec": ["./join"]}},
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
                (("--output", "all/w1"), "is not PATH=FILE"),
                (("--output", "all/w1=missing.json"), "missing.json"),
                (("--live", "nothing"), "nothing"),
                (("--fault", "all/w1 : hnag"), "hnag")):
            self.assertIn(text, self.expect(2, "fork", *args).err)
        self.assertEqual(self.last()["session"], self.first)


if __name__ == "__main__":
    main()
