#!/usr/bin/env python3
"""What exported spans say: resource, links to what was replayed, limits."""
import json

from cli_plans import write_all
from cli_support import Case, main
from collector import Collector
from peers import PATIENT


def value_of(value):
    (kind, inner), = value.items()
    if kind == "arrayValue":
        return [value_of(item) for item in inner.get("values", [])]
    return int(inner) if kind == "intValue" else inner


def attributes(node):
    return {a["key"]: value_of(a["value"]) for a in node.get("attributes", [])}


class Telemetry(Case):
    def setUp(self):
        super().setUp()
        write_all(self)
        self.expect(3, "run", "degraded.json", "--quiet")

    def export(self, *args, env=None):
        text = self.expect(0, "export", *args, env=env or {}).out
        return [resource for line in text.splitlines()
                for resource in json.loads(line)["resourceSpans"]]

    def spans(self, *args, env=None):
        return [span for resource in self.export(*args, env=env)
                for scope in resource["scopeSpans"] for span in scope["spans"]]


class Resource(Telemetry):
    def test_the_resource_says_who_where_and_with_what(self):
        said = attributes(self.export(env={
            "OTEL_SERVICE_NAME": "ward",
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=t%2Cest,"
                                        "service.name=other"})[0]["resource"])
        self.assertEqual(said["service.name"], "ward")
        self.assertEqual(said["deployment.environment.name"], "t,est")
        self.assertEqual(said["os.type"], "linux")
        self.assertEqual(said["telemetry.sdk.name"], "reprise")
        for key in ("host.name", "host.arch", "os.version", "service.version",
                    "telemetry.sdk.language", "telemetry.sdk.version"):
            self.assertTrue(said[key], key)


class Links(Telemetry):
    def test_a_replay_is_a_new_trace_that_links_to_its_source(self):
        source = self.spans()[0]
        self.expect(0, "replay", "--record", "--quiet")
        replayed = self.spans()[0]
        self.assertNotEqual(replayed["traceId"], source["traceId"])
        link, = replayed["links"]
        self.assertEqual(
            (link["traceId"], link["spanId"]),
            (source["traceId"], source["spanId"]))
        self.assertEqual(attributes(link), {"reprise.link.type": "replay_of"})
        self.assertTrue(link["flags"] & 0x200, "it is in another trace")


class Limits(Telemetry):
    def test_what_passes_a_limit_is_counted_and_the_first_part_stays(self):
        whole = {s["spanId"]: s for s in self.spans()}
        cut = self.spans(env={
            "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "3",
            "OTEL_SPAN_EVENT_COUNT_LIMIT": "1",
            "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT": "1",
            "OTEL_SPAN_LINK_COUNT_LIMIT": "0"})
        self.assertEqual(len(cut), len(whole))
        for span in cut:
            full = whole[span["spanId"]]
            self.assertEqual(span["attributes"], full["attributes"][:3])
            self.assertEqual(span.get("droppedAttributesCount", 0),
                             max(0, len(full["attributes"]) - 3))
            events = full.get("events", [])
            self.assertEqual(len(span.get("events", [])), min(1, len(events)))
            self.assertEqual(span.get("droppedEventsCount", 0),
                             max(0, len(events) - 1))
            self.assertEqual(span.get("links", []), [])
            self.assertEqual(span.get("droppedLinksCount", 0),
                             len(full.get("links", [])))

    def test_texts_are_cut_at_their_limit(self):
        for span in self.spans(env={"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "5"}):
            for node in (span, *span.get("events", [])):
                for value in attributes(node).values():
                    for text in value if isinstance(value, list) else [value]:
                        if isinstance(text, str):
                            self.assertLessEqual(len(text), 5)

    def test_a_limit_that_is_no_number_is_told_and_ignored(self):
        result = self.expect(0, "export", env={
            "OTEL_SPAN_EVENT_COUNT_LIMIT": "few"})
        self.assertIn("OTEL_SPAN_EVENT_COUNT_LIMIT is 'few'", result.err)


class Capture(Telemetry):
    KEYS = {"reprise.input.content", "reprise.output.content",
            "reprise.stderr.content"}

    def setUp(self):
        super().setUp()
        self.write("long", """#!/bin/sh
echo "a warning" >&2
printf '{"values":['
for i in $(seq 1000); do printf '"%s",' $i; done
printf '"\\303\\244"]}'
""", 0o755)
        self.write("long.json", json.dumps({
            "reprise": 1, "name": "long",
            "agents": {"a": {"exec": ["./long"]}},
            "flow": {"agent": "a", "input": {"text": "what is asked"}}}))
        self.output = self.expect(0, "run", "long.json", "--quiet").json()

    def contents(self, *args):
        """Of the attempt."""
        attempt, = (s for s in self.spans(*args) if s["kind"] == 3)
        return {k: v for k, v in attributes(attempt).items()
                if k in self.KEYS}

    def test_without_it_there_are_no_contents(self):
        self.assertEqual(self.contents(), {})
        self.assertEqual(self.contents("--capture", "none"), {})

    def test_full_is_everything(self):
        contents = self.contents("--capture", "full")
        self.assertEqual(set(contents), self.KEYS)
        self.assertEqual(json.loads(contents["reprise.output.content"]),
                         self.output)
        self.assertEqual(json.loads(contents["reprise.input.content"]),
                         {"text": "what is asked"})
        self.assertEqual(contents["reprise.stderr.content"], "a warning\n")

    def test_a_preview_is_short_and_whole_json(self):
        contents = self.contents("--capture", "preview")
        values = json.loads(contents["reprise.output.content"])["values"]
        self.assertLess(len(contents["reprise.output.content"].encode()), 2048)
        self.assertEqual(values, self.output["values"][:len(values)])
        self.assertGreater(len(values), 200)
        self.assertEqual(json.loads(contents["reprise.stderr.content"]),
                         "a warning\n")

    def test_other_formats_have_them_too(self):
        rows = [json.loads(line) for line in self.expect(
            0, "export", "--format", "jsonl", "--capture",
            "full").out.splitlines()]
        self.assertIn('{"text":"what is asked"}', [
            r["attributes"].get("reprise.input.content") for r in rows])

    def test_they_are_sent_when_asked_for(self):
        collector = Collector()
        self.addCleanup(collector.close)
        env = {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json", **PATIENT}
        self.expect(0, "export", "--otlp", collector.url, env=env)
        self.expect(0, "export", "--otlp", collector.url, "--capture", "full",
                    env=env)
        half = len(collector.taken) // 2
        found = [bool(self.KEYS & set(attributes(s)))
                 for s in collector.taken]
        self.assertFalse(any(found[:half]))
        self.assertTrue(any(found[half:]))

    def test_another_word_is_refused(self):
        self.assertIn("--capture 'all' is not none, preview or full",
                      self.expect(2, "export", "--capture", "all").err)


if __name__ == "__main__":
    main()
