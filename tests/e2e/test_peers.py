#!/usr/bin/env python3
"""What a real collector and a real Jaeger have got of a clinical session
equals the store, every field of every span, in both directions."""
import copy
import json
import os
import urllib.request

import peers
from cli_support import BIN, main
from clinical_support import ClinicalCase, patient
from otlp_stored import (Limits, alterations, as_jaeger_has_it,
                         resource_of_here, said, stored)

PROTOCOLS = ("http/protobuf", "http/json", "grpc")
FAULTS = ("labs : hang", "vitals @1 : kill(signal=SIGKILL)")
# What makes the example's plan time out soon, and fall back.
EDITS = (('"labs":   { "exec"', '"again":  { "exec": ["./labs"] },\n"labs":   '
          '{ "timeout": "500ms", "fallback": { "agent": "again" }, "exec"'),
         ('"400ms..2s"', '"1ms..2ms"'))
HAPPENED = {"reprise.retry", "reprise.timed_out", "reprise.fallback",
            "reprise.conflict", "reprise.fault_injected"}
CALLER = "0af7651916cd43dd8448eb211c80319c"


class Sent(ClinicalCase):
    """A clinical session with a retry, a timeout, a fallback, a conflict and
    faults that were injected."""

    store = "store.db"

    def setUp(self):
        super().setUp()
        with open(self.path("clinical", "plan.json"), encoding="utf-8") as file:
            text = patient(file.read())
        self.write("clinical/usual.json", text)
        for old, new in EDITS:
            self.assertIn(old, text)
            text = text.replace(old, new)
        self.write("clinical/plan.json", text)

    def record(self, **options):
        self.expect(3, "run", "clinical/plan.json", "--quiet",
                    "--store", self.store,
                    *(word for fault in FAULTS for word in ("--fault", fault)),
                    **options)

    def wanted(self, limits=Limits()):
        """Of every span of the store, what is to be found elsewhere."""
        spans = stored(self.path(self.store), resource_of_here(BIN), limits)
        self.assertGreater(len(spans), 15)
        return spans

    def trace(self, wanted):
        trace, = {span["trace"] for span in wanted.values()}
        return trace

    def happened(self, wanted):
        """Else the comparison would be of little."""
        self.assertLessEqual(HAPPENED, {
            event[1] for span in wanted.values() for event in span["events"]})
        self.assertTrue([s for s in wanted.values() if s["links"]])

    def send(self, protocol, port, **env):
        return self.expect(
            0, "export", "--store", self.store, "--otlp",
            f"http://127.0.0.1:{port}", env={
                **peers.PATIENT, "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
                **env})

    def port_of(self, peer, protocol):
        return peer.grpc if protocol == "grpc" else peer.http


class WithCollector(Sent):
    def test_it_takes_every_protocol_with_and_without_compression(self):
        self.record()
        wanted = self.wanted()
        self.happened(wanted)
        collector = peers.Collector(self)
        total = 0
        before = 0
        for protocol in PROTOCOLS:
            for compression in ("none", "gzip"):
                result = self.send(protocol, self.port_of(collector, protocol),
                                   OTEL_EXPORTER_OTLP_COMPRESSION=compression)
                self.assertIn(f" {len(wanted)} spans delivered", result.err)
                total += len(wanted)
                found = collector.documents(total)
                self.assertEqual(said(found[before:]), wanted)
                before = len(found)

    def test_the_comparison_notices_every_single_change(self):
        self.record()
        wanted = self.wanted()
        collector = peers.Collector(self)
        self.send("http/protobuf", collector.http)
        whole, = collector.documents(len(wanted))
        self.assertEqual(said([whole]), wanted)
        count = 0
        for altered in alterations(whole):
            self.assertNotEqual(said([altered]), wanted)
            count += 1
        self.assertGreater(count, 500)
        spans = whole["resourceSpans"][0]["scopeSpans"][0]["spans"]
        for name in ("attributes", "events", "links"):
            less = copy.deepcopy(whole)
            span = next(s for s in less["resourceSpans"][0]["scopeSpans"][0][
                "spans"] if s.get(name))
            span[name].pop()
            self.assertNotEqual(said([less]), wanted, name)
        spans.pop()
        self.assertNotEqual(said([whole]), wanted)

    def test_what_is_left_out_by_limits_is_counted_there(self):
        self.record()
        limits = Limits(attributes=4, events=2, links=1, of_events=1,
                        of_links=0)
        wanted = self.wanted(limits)
        for field in ("attributes dropped", "events dropped",
                      "links dropped"):
            self.assertTrue([s for s in wanted.values() if s[field]], field)
        collector = peers.Collector(self)
        total = 0
        before = 0
        for protocol in PROTOCOLS:
            self.send(protocol, self.port_of(collector, protocol),
                      **limits.environment())
            total += len(wanted)
            found = collector.documents(total)
            self.assertEqual(said(found[before:]), wanted)
            before = len(found)

    def test_a_run_in_the_trace_of_a_caller_sends_while_it_goes_on(self):
        collector = peers.Collector(self)
        self.expect(
            0, "run", "clinical/usual.json", "--quiet", "--store", self.store,
            "--otlp", f"http://127.0.0.1:{collector.grpc}",
            env={**peers.PATIENT, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
                 "TRACEPARENT": f"00-{CALLER}-b7ad6b7169203331-01",
                 "TRACESTATE": "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"})
        wanted = stored(self.path(self.store), resource_of_here(BIN))
        self.assertEqual(self.trace(wanted), CALLER)
        self.assertEqual({span["state"] for span in wanted.values()},
                         {"rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"})
        self.assertEqual([span["parent"] for span in wanted.values()
                          if span["flags"] == 0x301], ["b7ad6b7169203331"])
        self.assertEqual(said(collector.documents(len(wanted))), wanted)


class WithJaeger(Sent):
    def test_it_shows_what_the_store_has_and_warns_of_nothing(self):
        jaeger = peers.Jaeger(self)
        for number, protocol in enumerate(PROTOCOLS):
            self.store = f"store{number}.db"
            self.record()
            wanted = self.wanted()
            self.happened(wanted)
            trace = self.trace(wanted)
            self.send(protocol, self.port_of(jaeger, protocol))
            found = jaeger.documents(trace, len(wanted))
            self.assertEqual(self.events_sorted(said(found)),
                             as_jaeger_has_it(wanted))
            shown = jaeger.ask(f"/api/traces/{trace}")["data"][0]
            self.assertEqual(len(shown["spans"]), len(wanted))
            self.assertEqual([], [
                (span["operationName"], span["warnings"])
                for span in shown["spans"] if span.get("warnings")])
        self.notices_changes(found, as_jaeger_has_it(wanted))

    def events_sorted(self, spans):
        return {key: {**span, "events": sorted(span["events"], key=repr)}
                for key, span in spans.items()}

    def notices_changes(self, found, wanted):
        for altered in alterations(found):
            self.assertNotEqual(self.events_sorted(said(altered)), wanted)

    def test_what_is_left_out_by_limits_is_counted_there(self):
        jaeger = peers.Jaeger(self)
        self.record()
        limits = Limits(attributes=4, events=2, links=1, of_events=1,
                        of_links=0)
        wanted = self.wanted(limits)
        self.send("grpc", jaeger.grpc, **limits.environment())
        self.assertEqual(
            self.events_sorted(said(jaeger.documents(
                self.trace(wanted), len(wanted)))), as_jaeger_has_it(wanted))

    def test_it_finds_the_session_by_service_and_operation(self):
        jaeger = peers.Jaeger(self)
        self.record()
        wanted = self.wanted()
        self.send("http/protobuf", jaeger.http)
        jaeger.documents(self.trace(wanted), len(wanted))
        self.assertEqual(jaeger.ask("/api/v3/services")["services"],
                         ["reprise"])
        operations = {item["name"] for item in jaeger.ask(
            "/api/v3/operations?service=reprise")["operations"]}
        self.assertEqual(operations,
                         {span["name"] for span in wanted.values()})


class TakenBack(Sent):
    """What others have of a session, and give out again, is imported."""

    def exported(self, store):
        return said(map(json.loads, self.expect(
            0, "export", "--store", self.path(store)).out.splitlines()))

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

    def comes_back(self, document, changed_by=dict):
        self.write("back.json", document)
        other = ("--store", self.path("other.db"))
        self.assertIn("1 session imported", self.expect(
            0, "import", "back.json", *other).err)
        self.assertEqual(changed_by(self.exported("other.db")),
                         changed_by(self.wanted()))
        row, = self.expect(0, "ls", "--json", *other).out.splitlines()
        self.assertEqual(json.loads(row)["status"], "degraded")

    def test_from_jaeger(self):
        jaeger = peers.Jaeger(self)
        self.record()
        wanted = self.wanted()
        trace = self.trace(wanted)
        self.send("http/protobuf", jaeger.http)
        jaeger.documents(trace, len(wanted))
        self.comes_back(json.dumps(jaeger.ask(f"/api/v3/traces/{trace}")),
                        changed_by=as_jaeger_has_it)

    def test_from_the_collector_which_was_given_an_exported_file(self):
        collector = peers.Collector(self)
        self.record()
        data = self.expect(0, "export", "--store", self.store, "--format",
                           "otlp-proto").out_bytes
        urllib.request.urlopen(urllib.request.Request(
            f"http://127.0.0.1:{collector.http}/v1/traces", data=data,
            headers={"Content-Type": "application/x-protobuf"}),
            timeout=peers.ANSWER_S).close()
        collector.documents(len(self.wanted()))
        with open(collector.file, encoding="utf-8") as file:
            self.comes_back(file.read())


if __name__ == "__main__":
    main()
