#!/usr/bin/env python3
"""ls, show, export, schema: what was recorded, for people and programs."""
import json
import os

from cli_plans import write_all
from cli_support import Case, main


class Store(Case):
    def setUp(self):
        super().setUp()
        write_all(self)

    def run_plan(self, name, status, *args):
        self.expect(status, "run", name, "--quiet", *args)
        return json.loads(
            self.expect(0, "ls", "--json", "--limit", "1").out)["session"]

    def holds(self, schema, text, name="document.json"):
        self.write("schema.json", self.expect(0, "schema", schema).out)
        self.write(name, text)
        self.expect(0, "check", "--format", "--schema", "schema.json", name)


class Ls(Store):
    def test_lists_the_latest_first(self):
        first = self.run_plan("ok.json", 0)
        second = self.run_plan("degraded.json", 3)
        lines = self.expect(0, "ls").out.splitlines()
        self.assertEqual(lines[0].split(), [
            "SESSION", "PLAN", "STATUS", "STARTED", "TOOK", "TASKS", "TRIES",
            "NOTES"])
        self.assertEqual(lines[1].split()[:2], [second[-6:], "clinic"])
        self.assertIn("degraded", lines[1])
        self.assertIn("1 of 2", lines[1])
        self.assertIn("notes failed", lines[1])
        self.assertTrue(lines[2].startswith(first[-6:]))
        self.assertRegex(lines[2], "just now|[0-9]+ (s|min) ago")

    def test_filters(self):
        self.run_plan("ok.json", 0, "--tag", "a=1")
        bad = self.run_plan("failed.json", 1)
        def count(*args):
            return len(self.expect(0, "ls", "--json",
                                   *args).out.splitlines())
        self.assertEqual(count(), 2)
        self.assertEqual(count("--failed"), 1)
        self.assertEqual(count("--plan", "clinic"), 2)
        self.assertEqual(count("--plan", "cl*"), 2)
        self.assertEqual(count("--plan", "other"), 0)
        self.assertEqual(count("--tag", "a"), 1)
        self.assertEqual(count("--tag", "a=1"), 1)
        self.assertEqual(count("--tag", "a=2"), 0)
        self.assertEqual(count("--since", "1h"), 2)
        self.assertEqual(count("--since", "7d"), 2)
        self.assertEqual(count("--since", "2099-01-01T00:00:00Z"), 0)
        self.assertEqual(count("--limit", "1"), 1)
        line = json.loads(self.expect(0, "ls", "--json", "--failed").out)
        self.assertEqual(line["session"], bad)

    def test_more_than_the_limit_is_said(self):
        self.run_plan("ok.json", 0)
        self.run_plan("ok.json", 0)
        result = self.expect(0, "ls", "--limit", "1")
        self.assertEqual(len(result.out.splitlines()), 2)
        self.assertIn("--limit 0", result.err)

    def test_json_lines_meet_their_schema(self):
        self.run_plan("degraded.json", 3, "--tag", "a=1")
        self.holds("ls", self.expect(0, "ls", "--json").out)

    def test_bad_options_are_told(self):
        self.run_plan("ok.json", 0)
        for args in (("--since", "yesterday"), ("--limit", "-1"),
                     ("--limit", "x"), ("extra",)):
            self.expect(2, "ls", *args)

    def test_no_store_is_told_with_the_next_command(self):
        for command in ("ls", "show", "export", "watch", "cancel", "verify"):
            result = self.expect(4, command)
            self.assertIn("no store", result.err, command)
            self.assertIn("reprise run", result.err, command)

    def test_what_is_no_store_is_not_touched(self):
        junk = bytes(range(256)) * 64
        self.write("junk.db", junk)
        self.expect(4, "ls", "--store", "junk.db")
        self.expect(4, "run", "ok.json", "--store", "junk.db")
        with open(self.path("junk.db"), "rb") as file:
            self.assertEqual(file.read(), junk)
        self.expect(4, "ls", "--store", ".")
        if os.geteuid() != 0:
            self.write("secret.db", "", mode=0)
            self.expect(4, "ls", "--store", "secret.db")


class Show(Store):
    def test_the_tree_tells_what_failed_and_what_to_do_next(self):
        session = self.run_plan("degraded.json", 3)
        out = self.expect(0, "show").out
        self.assertIn(f"clinic  {session[-6:]}  DEGRADED", out)
        self.assertIn("gather  1 of 2 delivered", out)
        self.assertIn("exit status 3", out)
        self.assertIn("@1 ", out)
        self.assertIn(f"reprise show {session[-6:]} --io gather/notes@1",
                      out)
        self.assertIn("reprise replay", out)

    def test_a_session_is_named_by_id_beginning_or_end(self):
        first = self.run_plan("ok.json", 0)
        second = self.run_plan("failed.json", 1)
        for name in (first, first.lower(), first[:25], first[-6:]):
            self.assertIn(first, self.expect(0, "show", name).out)
        self.assertIn(second, self.expect(0, "show").out)

    def test_unknown_and_ambiguous_names_are_told(self):
        self.run_plan("ok.json", 0)
        self.run_plan("ok.json", 0)
        self.assertIn("reprise ls", self.expect(2, "show", "ZZZZZZ").err)
        self.expect(2, "show", "0")
        self.expect(2, "show", "not an id")

    def test_json_meets_its_schema(self):
        for name, status in (("ok.json", 0), ("degraded.json", 3),
                             ("failed.json", 1)):
            self.run_plan(name, status)
            self.holds("show", self.expect(0, "show", "--json").out)
        shown = self.expect(0, "show", "--json").json()
        self.assertEqual(shown["status"], "failed")
        tasks = {task["path"]: task for task in shown["tasks"]}
        notes = tasks["gather/notes"]["tries"][0]
        self.assertEqual(notes["exit_status"], 3)
        self.assertEqual(notes["class"], "exit")

    def test_io_is_byte_for_byte(self):
        self.run_plan("degraded.json", 3)
        def part(path, name):
            return self.expect(0, "show", "--io", path, "--part", name).out
        self.assertEqual(part("gather/labs@1", "output"), '{"answer": 42}\n')
        self.assertEqual(part("gather/labs", "output"), '{"answer": 42}\n')
        self.assertEqual(part("gather/notes@1", "stderr"), "no luck\n")
        self.assertEqual(part("gather/labs", "input"), "{}")
        self.assertEqual(part("session", "input"), "{}")
        self.assertEqual(json.loads(part("session", "output")),
                         {"labs": {"answer": 42}})
        whole = self.expect(0, "show", "--io", "gather/notes@1").out
        self.assertIn("== input", whole)
        self.assertIn("== stderr", whole)
        self.assertIn("no luck\n", whole)

    def test_io_of_what_is_not_there_is_told(self):
        self.run_plan("ok.json", 0)
        self.assertIn("did you mean 'gather/labs'?", self.expect(
            2, "show", "--io", "gather/lbas").err)
        self.expect(2, "show", "--io", "gather/labs", "--part", "soul")

    def test_a_damaged_payload_is_status_4(self):
        self.leaves_what_does_not_verify()
        self.run_plan("ok.json", 0)
        import sqlite3
        base = sqlite3.connect(self.path(".reprise", "store.db"))
        base.execute("UPDATE payload SET bytes = CAST('{}x' AS BLOB) "
                     "WHERE bytes IS NOT NULL AND codec = 0")
        base.commit()
        base.close()
        self.expect(4, "show", "--io", "gather/labs@1")


class Export(Store):
    def test_spans_are_otlp_json_lines(self):
        session = self.run_plan("degraded.json", 3)
        lines = self.expect(0, "export").out.splitlines()
        spans = [span for line in lines
                 for resource in json.loads(line)["resourceSpans"]
                 for scope in resource["scopeSpans"]
                 for span in scope["spans"]]
        names = {span["name"] for span in spans}
        self.assertIn("invoke_workflow clinic", names)
        self.assertIn("invoke_agent labs", names)
        trace = self.expect(0, "show", session, "--json").json()["trace"]
        self.assertEqual({span["traceId"] for span in spans}, {trace})

    def test_to_a_file(self):
        self.run_plan("ok.json", 0)
        result = self.expect(0, "export", "-o", "out.jsonl")
        self.assertEqual(result.out, "")
        with open(self.path("out.jsonl"), encoding="utf-8") as file:
            self.assertEqual(file.read(), self.expect(0, "export").out)

    def test_what_cannot_be_written_is_told(self):
        self.run_plan("ok.json", 0)
        self.assertIn("no/such", self.expect(
            1, "export", "--output", "no/such/file").err)
        self.assertIn("No space left", self.expect(
            1, "export", "--output", "/dev/full").err)


class Schema(Case):
    def test_every_schema_compiles(self):
        self.write("any.json", "null")
        names = [line.split()[0]
                 for line in self.expect(0, "schema").out.splitlines()]
        self.assertIn("plan", names)
        for name in names:
            out = self.expect(0, "schema", name).out
            self.assertIn("$schema", json.loads(out))
            self.write("schema.json", out)
            status = self.run_it("check", "--schema", "schema.json",
                                 "any.json").status
            self.assertEqual(status, 1, name)

    def test_an_unknown_one_is_told(self):
        self.assertIn("did you mean 'show'?",
                      self.expect(2, "schema", "shwo").err)

    def test_check_results_meet_theirs(self):
        self.write("a.json", "{")
        self.write("b.json", "[1]")
        self.write("s.json", '{"type": "object"}')
        self.write("schema.json", self.expect(0, "schema", "check").out)
        for args, status in ((("--schema", "s.json", "a.json", "b.json"), 1),
                             (("b.json",), 0), (("gone",), 2)):
            self.write("result.json", self.expect(
                status, "check", "--json", *args).out)
            self.expect(0, "check", "--schema", "schema.json", "result.json")


if __name__ == "__main__":
    main()
