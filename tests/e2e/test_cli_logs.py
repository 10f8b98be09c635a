#!/usr/bin/env python3
"""Events of spans as log records, sent by OTLP beside the spans."""
import peers
from cli_plans import write_all
from cli_support import Case, main
from collector import Answer, Collector

LOGS = {"OTEL_LOGS_EXPORTER": "otlp", **peers.PATIENT,
        "OTEL_BLRP_EXPORT_TIMEOUT": "300000"}
HASTY = {**LOGS, "OTEL_BSP_EXPORT_TIMEOUT": "2000",
         "OTEL_BLRP_EXPORT_TIMEOUT": "2000"}


def records_of(document):
    return [record for resource in document.get("resourceLogs", [])
            for scope in resource["scopeLogs"]
            for record in scope["logRecords"]]


def events_of(document):
    """As records: whatever both have."""
    return [(span["traceId"], span["spanId"], event["timeUnixNano"],
             event["name"], event.get("attributes", []))
            for resource in document.get("resourceSpans", [])
            for scope in resource["scopeSpans"] for span in scope["spans"]
            for event in span.get("events", [])]


def as_event(record):
    return (record["traceId"], record["spanId"], record["timeUnixNano"],
            record["eventName"], record.get("attributes", []))


class Logs(Case):
    def setUp(self):
        super().setUp()
        write_all(self)

    def collector(self, *answers, **options):
        collector = Collector(answers, **options)
        self.addCleanup(collector.close)
        return collector

    def sent(self, collector, path, of):
        return [item for where, _, document in collector.requests
                if where == path for item in of(document)]

    def records(self, collector):
        return self.sent(collector, "/v1/logs", records_of)

    def test_every_event_is_a_record_that_refers_to_its_span(self):
        self.expect(3, "run", "degraded.json", "--quiet")
        for protocol in ("http/json", "http/protobuf"):
            with self.subTest(protocol):
                collector = self.collector()
                self.expect(0, "export", "--otlp", collector.url, env={
                    **LOGS, "OTEL_EXPORTER_OTLP_PROTOCOL": protocol})
                if protocol == "http/protobuf" and not collector.accepted:
                    self.skipTest("scripts/peers python is not there")
                events = self.sent(collector, "/v1/traces", events_of)
                records = self.records(collector)
                self.assertGreater(len(events), 1)
                self.assertEqual([as_event(r) for r in records], events)
                for record in records:
                    self.assertEqual(record["observedTimeUnixNano"],
                                     record["timeUnixNano"])
                    self.assertEqual(record["flags"], 3)
                    self.assertTrue(record["body"]["stringValue"].startswith(
                        record["eventName"] + " "), record)
                severities = {r["eventName"]: r["severityNumber"]
                              for r in records}
                self.assertEqual(severities["reprise.missing"], 13)
                resource = [d["resourceLogs"][0] for p, _, d in
                            collector.requests if p == "/v1/logs"][0]
                self.assertIn("service.name", [
                    a["key"] for a in resource["resource"]["attributes"]])

    def test_nobody_sends_them_unasked(self):
        collector = self.collector()
        self.expect(3, "run", "degraded.json", "--quiet", "--otlp",
                    collector.url, env=peers.PATIENT)
        self.assertTrue(collector.requests)
        self.assertEqual(self.records(collector), [])

    def test_a_run_sends_them_and_a_session_without_any_sends_nothing(self):
        collector = self.collector()
        self.expect(0, "run", "ok.json", "--quiet", "--otlp", collector.url,
                    env=LOGS)
        self.assertEqual({path for path, _, _ in collector.requests},
                         {"/v1/traces"})
        self.expect(3, "run", "degraded.json", "--quiet", "--otlp",
                    collector.url, env=LOGS)
        self.assertEqual(
            [as_event(r) for r in self.records(collector)],
            self.sent(collector, "/v1/traces", events_of))

    def test_logs_that_are_refused_leave_the_spans_alone(self):
        collector = self.collector()
        refused = self.collector(otherwise=Answer(400))
        result = self.expect(
            3, "run", "degraded.json", "--quiet", env={
                **LOGS, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT":
                collector.url + "/v1/traces",
                "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": refused.url + "/v1/logs"})
        self.assertRegex(result.err, r"/v1/logs: 0 log records delivered, "
                         r"\d+ refused")
        self.assertTrue(collector.taken)
        self.assertFalse(self.records(collector))

    def test_what_was_not_delivered_is_delivered_later(self):
        failing = Answer(503)
        collector = self.collector(otherwise=failing)
        self.expect(3, "run", "degraded.json", "--quiet", "--otlp",
                    collector.url, env=HASTY)
        collector.otherwise = Answer()
        del collector.requests[:]
        self.expect(0, "export", "--pending", "--otlp", collector.url,
                    env=LOGS)
        self.assertEqual(
            sorted(map(repr, map(as_event, self.records(collector)))),
            sorted(map(repr, self.sent(collector, "/v1/traces", events_of))))
        again = len(collector.requests)
        self.expect(0, "export", "--pending", "--otlp", collector.url,
                    env=LOGS)
        self.assertEqual(len(collector.requests), again)

    def test_a_real_collector_takes_every_protocol(self):
        self.expect(3, "run", "degraded.json", "--quiet")
        collector = peers.Collector(self, signals=("traces", "logs"))
        for protocol in ("http/json", "http/protobuf", "grpc"):
            port = collector.grpc if protocol == "grpc" else collector.http
            self.expect(0, "export", "--otlp", f"http://127.0.0.1:{port}",
                        env={**LOGS, "OTEL_EXPORTER_OTLP_PROTOCOL": protocol})

        def arrived():
            records = [as_event(record) for line in collector.lines()
                       for record in records_of(line)]
            events = [event for line in collector.lines()
                      for event in events_of(line)]
            return (records, events) if events and \
                len(records) == len(events) == 3 * len(set(
                    map(repr, events))) else None

        records, events = peers.wait_until(arrived, "events and records")
        self.assertEqual(sorted(map(repr, records)),
                         sorted(map(repr, events)))


if __name__ == "__main__":
    main()
