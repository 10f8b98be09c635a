#!/usr/bin/env python3
"""import of OTLP: a trace becomes a session of spans."""
import json

from cli_plans import write_all
from cli_support import Case, main
from collector import Collector
from peers import PATIENT

TRACE = "0102030405060708090a0b0c0d0e0f10"


def span(number, parent=0, **more):
    made = {"traceId": TRACE, "spanId": f"a1a2a3a4a5a6{number:04x}",
            "name": f"work {number}", "kind": 2,
            "startTimeUnixNano": str(1700000000000000000 + number * 1000),
            "endTimeUnixNano": str(1700000000000009000)}
    if parent:
        made["parentSpanId"] = f"a1a2a3a4a5a6{parent:04x}"
    made.update(more)
    return made


def document(*spans, service="shop"):
    return json.dumps({"resourceSpans": [{
        "resource": {"attributes": [{
            "key": "service.name", "value": {"stringValue": service}}]},
        "scopeSpans": [{"scope": {"name": "lib"}, "spans": list(spans)}]}]})


class Import(Case):
    def imported(self, *args, **options):
        return self.expect(0, "import", *args, **options).err

    def tree(self):
        """(depth, name) of every span that show prints."""
        lines = self.expect(0, "show").out.split("\n\n")[0].splitlines()[1:]
        return [((len(line) - len(line.lstrip())) // 2 - 1,
                 " ".join(line.split()[:2])) for line in lines]


class Own(Import):
    def setUp(self):
        super().setUp()
        write_all(self)
        for name, status in (("ok.json", 0), ("degraded.json", 3),
                             ("failed.json", 1)):
            self.expect(status, "run", name, "--quiet")
        self.other = ("--store", self.path("other.db"))

    def rows(self, *args):
        return [json.loads(line) for line in
                self.expect(0, "ls", "--json", *args).out.splitlines()]

    def test_what_was_exported_is_the_same_session_again(self):
        for form in ("otlp-json", "otlp-proto"):
            store = ("--store", self.path(f"{form}.db"))
            self.expect(0, "export", "--all", "--format", form, "-o", "all")
            self.assertIn("3 sessions imported with ",
                          self.imported("all", *store))
            was = {row["session"]: row for row in self.rows()}
            for row in self.rows(*store):
                source = was[row["source"]]
                self.assertEqual(row["mode"], "imported")
                for key in ("status", "trace", "plan"):
                    self.assertEqual(row[key], source[key])
                for key in ("requested", "delivered", "tasks", "attempts"):
                    self.assertEqual(row["counts"][key],
                                     source["counts"][key], key)
                self.assertEqual(
                    self.expect(0, "export", row["session"], "--format", form,
                                *store).out_bytes,
                    self.expect(0, "export", row["source"], "--format",
                                form).out_bytes)
            self.assertIn("0 sessions imported, 3 known already",
                          self.imported("all", *store))

    def test_what_was_imported_is_sent_when_it_is_named(self):
        collector = Collector()
        self.addCleanup(collector.close)
        self.expect(0, "export", "-o", "one")
        self.imported("one", *self.other)
        with open(self.path("one"), encoding="utf-8") as lines:
            spans = [span["spanId"] for line in lines
                     for part in json.loads(line)["resourceSpans"]
                     for scope in part["scopeSpans"]
                     for span in scope["spans"]]
        told = self.expect(0, "export", "--otlp", collector.url,
                           *self.other, env=PATIENT).err
        self.assertIn(f" {len(spans)} spans delivered", told)
        self.assertEqual([span["spanId"] for span in collector.taken], spans)

    def test_the_tree_is_the_same(self):
        self.expect(0, "export", "-o", "one")
        self.imported("one", *self.other)
        sql = ("SELECT role, path, name, status, parent_span_id FROM v_span "
               "ORDER BY number")
        import sqlite3
        def spans(path):
            with sqlite3.connect(path) as store:
                newest = store.execute(
                    "SELECT max(id) FROM session").fetchone()[0]
                return sorted(map(str, store.execute(
                    sql.replace("ORDER", "WHERE session_id = ? ORDER"),
                    (newest,)).fetchall()))
        self.assertEqual(spans(self.path("other.db")),
                         spans(self.path(".reprise", "store.db")))

    def test_both_show_the_same_spans(self):
        def spans(*args):
            return self.expect(0, "show", "--spans", *args).out.split(
                "\n\n")[0].splitlines()[1:]
        self.expect(0, "export", "--all", "-o", "all")
        self.imported("all", *self.other)
        for row in self.rows(*self.other):
            shown = spans(row["source"])
            self.assertGreater(len(shown), 5)
            self.assertEqual(spans(row["session"], *self.other), shown)
        self.assertIn("· reprise.missing", "\n".join(
            spans(self.rows()[1]["session"])))
        self.expect(2, "show", "--spans", "--io", "session")
        self.write("schema.json", self.expect(0, "schema", "show").out)
        self.write("document.json", self.expect(
            0, "show", "--spans", "--json").out)
        self.expect(0, "check", "--format", "--schema", "schema.json",
                    "document.json")

    def test_what_needs_records_says_that_there_are_none(self):
        self.expect(0, "export", "-o", "one")
        self.imported("one", *self.other)
        for command in (["verify"], ["replay"], ["watch"], ["play"],
                        ["bundle", "-o", "x"], ["show", "--io", "session"]):
            self.assertIn("imported as spans: it has no records",
                          self.expect(2, *command, *self.other).err)
        self.imported("one")
        told = self.expect(0, "verify", "--all").err
        self.assertIn("1 imported as spans left out", told)

    def test_documents_for_programs_hold_their_schemas(self):
        self.expect(0, "export", "-o", "one")
        self.imported("one", *self.other)
        for command in ("show", "ls"):
            self.write("schema.json", self.expect(0, "schema", command).out)
            self.write("document.json", self.expect(
                0, command, "--json", *self.other).out)
            self.expect(0, "check", "--format", "--schema", "schema.json",
                        "document.json")


class Others(Import):
    def test_a_trace_of_another_program_is_shown(self):
        self.write("t.json", document(
            span(1), span(3, 2, kind=3, status={
                "code": 2, "message": "no route"}), span(2, 1)))
        self.assertIn("1 session imported with 3 spans",
                      self.imported("t.json"))
        self.assertEqual(self.tree(), [
            (0, "work 1"), (1, "work 2"), (2, "work 3")])
        out = self.expect(0, "show").out
        self.assertIn("client    shop  error: no route", out)
        self.assertIn(TRACE, out)
        self.assertIn("imported spans", self.expect(0, "ls").out)

    def test_standard_input_is_read(self):
        self.imported("-", input=document(span(1)))
        self.assertEqual(self.tree(), [(0, "work 1")])

    def test_children_come_after_parents_whatever_the_clocks_said(self):
        self.write("t.json", document(
            span(1, 9), span(9, 5), span(5)))
        self.imported("t.json")
        self.assertEqual(self.tree(), [
            (0, "work 5"), (1, "work 9"), (2, "work 1")])

    def test_a_circle_of_parents_is_cut(self):
        self.write("t.json", document(span(1, 2), span(2, 1), span(3, 3)))
        self.imported("t.json")
        self.assertEqual([name for _, name in sorted(
            self.tree(), key=lambda line: line[1])],
            ["work 1", "work 2", "work 3"])

    def test_a_parent_that_is_not_there_stays_known(self):
        self.write("t.json", document(span(2, 1)))
        self.imported("t.json")
        out = self.expect(0, "export").out
        self.assertIn('"parentSpanId":"a1a2a3a4a5a60001"', out)

    def test_spans_that_come_twice_or_have_no_ids_are_counted(self):
        self.write("t.json", document(span(1), span(1), span(2, spanId="")))
        told = self.imported("t.json")
        self.assertIn("1 session imported with 1 span, ", told)
        self.assertIn("1 span there twice", told)
        self.assertIn("1 span without valid ids left out", told)

    def test_resources_and_scopes_come_out_as_they_went_in(self):
        self.write("t.json", document(span(1), service="shop") + "\n"
                   + document(span(2, 1), service="bank"))
        self.imported("t.json")
        resources = json.loads(
            self.expect(0, "export").out)["resourceSpans"]
        self.assertEqual(
            [one["resource"]["attributes"][0]["value"]["stringValue"]
             for one in resources], ["shop", "bank"])
        self.assertEqual(resources[0]["scopeSpans"][0]["scope"]["name"], "lib")
        self.assertNotIn("schemaUrl", resources[0]["scopeSpans"][0])

    def test_what_is_wrong_is_said_with_its_place_and_nothing_is_taken(self):
        good = document(span(1))
        self.write("bad.json", good + "\n" + good.replace(
            '"kind": 2', '"kind": "x"'))
        err = self.expect(1, "import", "bad.json").err
        self.assertRegex(err, r"cannot import 'bad.json': line 2, column \d+")
        self.assertIn("0 sessions imported", err)
        self.write("bad.bin", b"\x0a\x05\x12")
        self.assertIn("byte 1:", self.expect(1, "import", "bad.bin").err)
        self.write("none", "hello")
        self.assertIn("'none' is not a bundle, and no OTLP",
                      self.expect(1, "import", "none").err)
        self.expect(1, "import", "nosuch")


if __name__ == "__main__":
    main()
