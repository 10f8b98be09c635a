#!/usr/bin/env python3
"""export to what people look at: each format as its readers parse it, beside
the spans of the same session as OTLP."""
import json
import re
import shutil
import subprocess

from cli_plans import write_all
from cli_support import Case, main


class Views(Case):
    def setUp(self):
        super().setUp()
        write_all(self)
        self.expect(3, "run", "degraded.json", "--quiet")

    def view(self, name, *args):
        return self.expect(0, "export", "--format", name, *args).out

    def otlp(self, *args):
        text = self.expect(0, "export", *args).out
        return [span for line in text.splitlines()
                for resource in json.loads(line)["resourceSpans"]
                for scope in resource["scopeSpans"] for span in scope["spans"]]


class Jsonl(Views):
    def test_each_line_is_a_span_with_its_attributes_as_one_object(self):
        rows = [json.loads(line) for line in self.view("jsonl").splitlines()]
        spans = self.otlp()
        self.assertEqual([r["span_id"] for r in rows],
                         [s["spanId"] for s in spans])
        for row, span in zip(rows, spans):
            self.assertEqual(row["parent_span_id"], span.get("parentSpanId"))
            self.assertEqual(row["start_unix_nano"], span["startTimeUnixNano"])
            took = int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"])
            self.assertEqual(round(row["duration_seconds"] * 1e9), took)
            self.assertEqual(sorted(row["attributes"]),
                             sorted(a["key"] for a in span["attributes"]))
            self.assertEqual(
                [e["name"] for e in row["events"]],
                [e["name"] for e in span.get("events", [])])
            self.assertEqual(row["status"] == "error",
                             span["status"].get("code") == 2)
            self.assertEqual("error.type" in row["attributes"],
                             row["status"] == "error")


class Jaeger(Views):
    def test_it_is_the_trace_with_microseconds_tags_and_references(self):
        trace, = json.loads(self.view("jaeger"))["data"]
        spans = self.otlp()
        ids = {s["spanID"] for s in trace["spans"]}
        self.assertEqual(ids, {s["spanId"] for s in spans})
        self.assertEqual({s["traceID"] for s in trace["spans"]},
                         {trace["traceID"]})
        for span, other in zip(trace["spans"], spans):
            tags = {t["key"]: t for t in span["tags"]}
            self.assertEqual(len(tags), len(span["tags"]), "a tag twice")
            self.assertEqual(span["operationName"], other["name"])
            self.assertEqual(span["startTime"],
                             int(other["startTimeUnixNano"]) // 1000)
            self.assertGreaterEqual(span["duration"], 1)
            self.assertEqual(tags["span.kind"]["value"],
                             {1: "internal", 3: "client"}[other["kind"]])
            self.assertEqual("error" in tags, other["status"] != {})
            self.assertEqual(len(span["logs"]), len(other.get("events", [])))
            for log in span["logs"]:
                self.assertEqual(log["fields"][0]["key"], "event")
            for tag in span["tags"]:
                self.assertIsInstance(tag["value"], {
                    "string": str, "int64": int, "bool": bool,
                    "float64": float}[tag["type"]], tag)
            parents = [r for r in span["references"]
                       if r["refType"] == "CHILD_OF"]
            self.assertEqual([r["spanID"] for r in parents],
                             [other[k] for k in ("parentSpanId",)
                              if k in other])
            for reference in span["references"]:
                self.assertIn(reference["spanID"], ids)
            self.assertIn(span["processID"], trace["processes"])
        self.assertEqual(trace["processes"]["p1"]["serviceName"], "reprise")

    def test_lists_are_text_that_is_json(self):
        trace, = json.loads(self.view("jaeger"))["data"]
        lists = [t["value"] for s in trace["spans"] for t in s["tags"]
                 if t["key"] == "reprise.input.from"]
        self.assertTrue(lists)
        for text in lists:
            self.assertIsInstance(json.loads(text), list)


class Chrome(Views):
    def test_in_each_lane_everything_nests(self):
        events = json.loads(self.view("chrome"))["traceEvents"]
        spans = [e for e in events if e["ph"] == "X"]
        self.assertEqual(len(spans), len(self.otlp()))
        named = {(e["pid"], e["tid"]) for e in events
                 if e["name"] == "thread_name"}
        lanes = {}
        for span in spans:
            lanes.setdefault((span["pid"], span["tid"]), []).append(
                (span["ts"], -span["dur"]))
        self.assertLessEqual(set(lanes), named)
        for lane in lanes.values():
            around = []
            for start, took in sorted(lane):
                while around and around[-1] <= start:
                    around.pop()
                if around:
                    self.assertLessEqual(start - took, around[-1] + 0.01)
                around.append(start - took)

    def test_events_are_moments_of_the_same_lane(self):
        events = json.loads(self.view("chrome"))["traceEvents"]
        moments = [e for e in events if e["ph"] == "i"]
        self.assertEqual(
            sorted(e["name"] for e in moments),
            sorted(e["name"] for s in self.otlp()
                   for e in s.get("events", [])))


class Graphs(Views):
    def shown(self):
        """Ids of all spans but those of attempts that were enough."""
        def value(span, key):
            return next((v for a in span["attributes"] if a["key"] == key
                         for v in a["value"].values()), None)
        return {s["spanId"] for s in self.otlp()
                if value(s, "reprise.attempt.number") is None
                or value(s, "reprise.attempt.number") != "1"
                or value(s, "reprise.attempt.outcome") != "ok"}

    def test_mermaid_has_a_node_a_span_and_no_edge_to_nowhere(self):
        text = self.view("mermaid")
        self.assertTrue(text.startswith("flowchart LR\n"))
        nodes = set(re.findall(r'^ +s1_(\w+)\["[^"]+"\]:::\w+$', text, re.M))
        self.assertEqual(nodes, self.shown())
        edges = re.findall(
            r'^ +s1_(\w+) (?:-->|-\. "\w+" \.->) s1_(\w+)$', text, re.M)
        self.assertGreaterEqual(len(edges), len(nodes) - 1)
        self.assertLessEqual({end for edge in edges for end in edge}, nodes)
        self.assertEqual(text.count("subgraph"), text.count("  end\n"))

    def test_dot_has_the_same_graph(self):
        text = self.view("dot")
        nodes = set(re.findall(r'^ +s1_(\w+) \[label="', text, re.M))
        self.assertEqual(nodes, self.shown())
        self.assertEqual(text.count("{"), text.count("}"))
        if shutil.which("dot") is None:
            return  # its structure was looked at above
        drawn = subprocess.run(
            ["dot", "-Tsvg"], input=text.encode(), capture_output=True,
            check=False)
        self.assertEqual((drawn.returncode, drawn.stderr), (0, b""))


class Several(Views):
    def test_a_document_has_every_session_that_was_chosen(self):
        self.expect(1, "run", "failed.json", "--quiet")
        self.assertEqual(
            len(json.loads(self.view("jaeger", "--all"))["data"]), 2)
        events = json.loads(self.view("chrome", "--all"))["traceEvents"]
        self.assertEqual({e["pid"] for e in events}, {1, 2})
        lines = self.view("jsonl", "--all").splitlines()
        self.assertEqual(len({json.loads(x)["session"] for x in lines}), 2)
        self.assertEqual(self.view("mermaid", "--all").count("subgraph"), 2)

    def test_of_no_session_it_is_an_empty_document(self):
        none = ("--plan", "other")
        self.assertEqual(json.loads(self.view("jaeger", *none)), {"data": []})
        self.assertEqual(
            json.loads(self.view("chrome", *none))["traceEvents"], [])
        self.assertEqual(self.view("jsonl", *none), "")

    def test_what_was_imported_can_be_shown(self):
        other = {"resourceSpans": [{
            "resource": {"attributes": [{
                "key": "service.name", "value": {"stringValue": "théâtre"}}]},
            "scopeSpans": [{"scope": {"name": "x"}, "spans": [{
                "traceId": "0af7651916cd43dd8448eb211c80319c",
                "spanId": "b7ad6b7169203331", "name": "GET \"a\\b\"",
                "kind": 2, "startTimeUnixNano": "4000000000000000000",
                "endTimeUnixNano": "4000000000500000000",
                "attributes": [
                    {"key": "m", "value": {"kvlistValue": {"values": [
                        {"key": "a", "value": {"intValue": "1"}}]}}},
                    {"key": "n", "value": {"doubleValue": "NaN"}},
                    {"key": "b", "value": {"bytesValue": "AAE="}}]}]}]}]}
        self.write("other.json", json.dumps(other))
        self.expect(0, "import", "other.json")
        trace, = json.loads(self.view("jaeger"))["data"]
        self.assertEqual(trace["processes"]["p1"]["serviceName"], "théâtre")
        tags = {t["key"]: t["value"] for t in trace["spans"][0]["tags"]}
        self.assertEqual(json.loads(tags["m"]), {"a": 1})
        row = json.loads(self.view("jsonl"))
        self.assertEqual((row["name"], row["kind"]), ('GET "a\\b"', "server"))
        json.loads(self.view("chrome"))
        self.assertIn("GET #quot;a#92;b#quot;", self.view("mermaid"))
        self.assertIn('GET \\"a\\\\b\\"', self.view("dot"))


if __name__ == "__main__":
    main()
