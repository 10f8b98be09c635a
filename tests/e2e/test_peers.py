#!/usr/bin/env python3
"""What a real collector and a real Jaeger have got equals the store,
attribute by attribute."""
import json
import os
import sqlite3
import urllib.request

import peers
from cli_plans import agent, plan, write_all
from cli_support import Case, main

PROTOCOLS = ("http/protobuf", "http/json", "grpc")


def typed(value):
    """An AnyValue as JSON has it, with 64-bit integers as numbers."""
    if "intValue" in value:
        return int(value["intValue"])
    if "arrayValue" in value:
        return [typed(item) for item in value["arrayValue"].get("values", [])]
    (kind, content), = value.items()
    return float(content) if kind == "doubleValue" else content


def attributes(items):
    return {item["key"]: typed(item["value"]) for item in items or []}


class Sent(Case):
    """A session with a retry, a timeout, a fallback, a conflict and a fault
    that was forced."""

    store = "store.db"

    def record(self):
        write_all(self)
        for name, value in (("a", "penicillin"), ("b", "none")):
            self.write(f"claims-{name}", "#!/bin/sh\ncat >/dev/null\n"
                       f"echo '{{\"findings\": [{{\"code\": \"allergy\", "
                       f"\"value\": \"{value}\"}}]}}'\n", 0o755)
        self.write("p.json", plan(
            {"first": agent("claims-a"), "second": agent("claims-b"),
             "again": agent("exit3", retry={"attempts": 2, "backoff": "1ms"},
                            optional=True),
             "late": agent("slow", timeout="200ms", grace="100ms",
                           fallback={"value": {"findings": []}}),
             "forced": agent("claims-a", optional=True)},
            flow={"id": "gather", "need": 3,
                  "parallel": {name: {"agent": name} for name in
                               ("first", "second", "again", "late",
                                "forced")},
                  "aggregate": {
                      "facts": {"at": "/findings", "key": "/code",
                                "value": "/value"},
                      "conflicts": [{"key": "*", "resolve": "flag"}]}}))
        self.expect(3, "run", "p.json", "--quiet", "--store", self.store, "--fault",
                    "forced : kill(signal=SIGKILL)")

    def stored(self):
        """By id: what the store says of each span."""
        db = sqlite3.connect(self.path(self.store))
        db.row_factory = sqlite3.Row
        trace = db.execute(
            "SELECT lower(hex(trace)) FROM session").fetchone()[0]
        spans = {}
        for row in db.execute(
                "SELECT x.*, lower(hex(x.id)) AS span_id, "
                "lower(hex(p.id)) AS parent_id FROM span x LEFT JOIN span p "
                "ON p.no = (x.no >> 20 << 20 | x.parent)"):
            spans[row["span_id"]] = {
                "row": row,
                "events": db.execute(
                    "SELECT at_ns, name, attributes FROM span_event "
                    "WHERE span = ? ORDER BY n", (row["no"],)).fetchall(),
                "links": db.execute(
                    "SELECT lower(hex(trace)), lower(hex(target)), attributes "
                    "FROM span_link WHERE span = ? ORDER BY n",
                    (row["no"],)).fetchall()}
        db.close()
        return trace, spans

    def send(self, protocol, port, **env):
        return self.expect(
            0, "export", "--store", self.store, "--otlp",
            f"http://127.0.0.1:{port}", env={
                "OTEL_EXPORTER_OTLP_PROTOCOL": protocol, **env})

    def compare(self, found, trace, stored):
        self.assertEqual({span["spanId"] for _, _, span in found},
                         set(stored))
        for resource, scope, span in found:
            self.compare_span(span, trace, stored[span["spanId"]])
            named = attributes(resource["attributes"])
            self.assertEqual(named["service.name"], "reprise")
            self.assertNotEqual(scope.get("name", ""), "")

    def compare_span(self, span, trace, stored):
        row = stored["row"]
        self.assertEqual(span["traceId"], trace)
        self.assertEqual(span.get("parentSpanId", ""), row["parent_id"] or "")
        self.assertEqual(span["name"], row["name"])
        self.assertEqual(span["kind"], row["kind"])
        # What took no time is given a nanosecond, on one side or the other.
        start, end = (int(span[f"{name}TimeUnixNano"])
                      for name in ("start", "end"))
        if row["end_ns"] > row["start_ns"]:
            self.assertEqual((start, end), (row["start_ns"], row["end_ns"]))
        else:
            self.assertEqual(end - start, 1)
            self.assertIn(row["start_ns"], (start, end))
        status = span.get("status", {})
        self.assertEqual(status.get("code", 0), row["status"])
        self.assertEqual(status.get("message", ""), row["message"] or "")
        sent = attributes(span.get("attributes"))
        for name, value in json.loads(row["attributes"]).items():
            self.assertEqual(sent[name], value, (row["path"], name))
        self.compare_parts(span, stored)

    def compare_parts(self, span, stored):
        events = span.get("events", [])
        self.assertEqual(len(events), len(stored["events"]))
        # Jaeger gives those of one instant in another order.
        self.assertEqual(
            sorted((int(event["timeUnixNano"]), event["name"], sorted(
                attributes(event.get("attributes")).items(), key=str))
                for event in events),
            sorted((at_ns, name, sorted(json.loads(text).items(), key=str))
                   for at_ns, name, text in stored["events"]))
        links = span.get("links", [])
        self.assertEqual(
            [(link["traceId"], link["spanId"],
              attributes(link.get("attributes"))) for link in links],
            [(trace, target, json.loads(text))
             for trace, target, text in stored["links"]])


class WithCollector(Sent):
    def test_it_takes_every_protocol_with_and_without_compression(self):
        collector = peers.Collector(self)
        self.record()
        trace, stored = self.stored()
        self.says_what_happened(stored)
        total = 0
        for protocol in PROTOCOLS:
            for compression in ("none", "gzip"):
                port = (collector.grpc if protocol == "grpc"
                        else collector.http)
                result = self.send(protocol, port,
                                   OTEL_EXPORTER_OTLP_COMPRESSION=compression)
                self.assertIn(f" {len(stored)} spans delivered", result.err)
                total += len(stored)
                found = collector.spans(total)[total - len(stored):]
                self.compare(found, trace, stored)

    def says_what_happened(self, stored):
        """Else the comparison would be of little."""
        names = {name for span in stored.values()
                 for _, name, _ in span["events"]}
        text = " ".join(sorted(names))
        for word in ("retr", "timed_out", "fallback", "conflict", "fault"):
            self.assertIn(word, text)

    def test_a_run_sends_to_it_while_it_goes_on(self):
        collector = peers.Collector(self)
        write_all(self)
        self.expect(0, "run", "ok.json", "--quiet", "--store", self.store, "--otlp",
                    f"http://127.0.0.1:{collector.grpc}",
                    env={"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})
        trace, stored = self.stored()
        self.compare(collector.spans(len(stored)), trace, stored)


class WithJaeger(Sent):
    def test_it_shows_what_the_store_has_and_warns_of_nothing(self):
        jaeger = peers.Jaeger(self)
        for number, protocol in enumerate(PROTOCOLS):
            self.store = f"store{number}.db"
            self.record()
            trace, stored = self.stored()
            port = jaeger.grpc if protocol == "grpc" else jaeger.http
            self.send(protocol, port)
            self.compare(jaeger.spans(trace, len(stored)), trace, stored)
            shown = jaeger.ask(f"/api/traces/{trace}")["data"][0]
            self.assertEqual(len(shown["spans"]), len(stored))
            self.assertEqual([], [
                (span["operationName"], span["warnings"])
                for span in shown["spans"] if span.get("warnings")])

    def test_it_finds_the_session_by_service_and_operation(self):
        jaeger = peers.Jaeger(self)
        self.record()
        trace, stored = self.stored()
        self.send("http/protobuf", jaeger.http)
        jaeger.spans(trace, len(stored))
        self.assertEqual(jaeger.ask("/api/v3/services")["services"],
                         ["reprise"])
        operations = {item["name"] for item in jaeger.ask(
            "/api/v3/operations?service=reprise")["operations"]}
        self.assertEqual(operations, {
            span["row"]["name"] for span in stored.values()})


class TakenBack(Sent):
    """What others have of a session, and give out again, is imported."""

    def tree(self, *store):
        """By span id: its parent, name, kind, status and attributes."""
        spans = [span for line in
                 self.expect(0, "export", *store).out.splitlines()
                 for _, _, span in peers.spans_of(json.loads(line))]
        return {span["spanId"]: (
            span.get("parentSpanId"), span["name"], span["kind"],
            span.get("status", {}), attributes(span.get("attributes")),
            len(span.get("events", [])), len(span.get("links", [])))
            for span in spans}

    def test_from_a_collector_that_writes_protocol_buffers(self):
        collector = peers.Collector(self, format="proto")
        self.record()
        self.send("grpc", collector.grpc)
        self.comes_back(peers.wait_until(
            lambda: self.whole(collector.file), "its file"))

    def whole(self, path):
        """One message behind its length; nothing until it is there."""
        if not os.path.exists(path):
            return None
        with open(path, "rb") as file:
            data = file.read()
        length = int.from_bytes(data[:4], "big")
        return data if length and len(data) == 4 + length else None

    def comes_back(self, document):
        self.write("back.json", document)
        other = ("--store", self.path("other.db"))
        self.assertIn("1 session imported", self.expect(
            0, "import", "back.json", *other).err)
        self.assertEqual(self.tree(*other), self.tree("--store", self.store))
        row, = self.expect(0, "ls", "--json", *other).out.splitlines()
        self.assertEqual(json.loads(row)["status"], "degraded")

    def test_from_jaeger(self):
        jaeger = peers.Jaeger(self)
        self.record()
        trace, stored = self.stored()
        self.send("http/protobuf", jaeger.http)
        jaeger.spans(trace, len(stored))
        self.comes_back(json.dumps(jaeger.ask(f"/api/v3/traces/{trace}")))

    def test_from_the_collector_which_was_given_an_exported_file(self):
        collector = peers.Collector(self)
        self.record()
        _, stored = self.stored()
        data = self.expect(0, "export", "--store", self.store, "--format",
                           "otlp-proto").out_bytes
        urllib.request.urlopen(urllib.request.Request(
            f"http://127.0.0.1:{collector.http}/v1/traces", data=data,
            headers={"Content-Type": "application/x-protobuf"}),
            timeout=10).close()
        collector.spans(len(stored))
        with open(collector.file, encoding="utf-8") as file:
            self.comes_back(file.read())


if __name__ == "__main__":
    main()
