#!/usr/bin/env python3
"""`reprise metrics --otlp`: what a collector gets is what the text says, over
every protocol, whatever the collector does."""
import json
import signal

import peers
from cli_plans import agent, plan, write_all
from cli_support import TIMEOUT_S, Case, main
from collector import Answer, Collector
from metrics_support import Metrics, Store, documented

PROTOCOLS = ("http/protobuf", "http/json", "grpc")
STATE = ("reprise.store.", "reprise.export.")  # changes meanwhile
SOON = {"OTEL_METRIC_EXPORT_TIMEOUT": "300"}
PATIENT = {**peers.PATIENT, "OTEL_METRIC_EXPORT_TIMEOUT": "300000"}


def metrics_of(document):
    return [metric for resource in document["resourceMetrics"]
            for scope in resource["scopeMetrics"]
            for metric in scope["metrics"]]


def number(node, *names):
    """The first that is there; protocol buffers leave nothing out of these,
    JSON has 64 bits as text."""
    return next((float(node[name]) for name in names if name in node), 0.0)


def points(document):
    """{(metric, attributes): what it says}"""
    found = {}
    for metric in metrics_of(document):
        data, = (metric[k] for k in ("sum", "gauge", "histogram")
                 if k in metric)
        for point in data["dataPoints"]:
            key = (metric["name"], tuple(sorted(
                (a["key"], a["value"].get("stringValue"))
                for a in point["attributes"]))) \
                if "attributes" in point else (metric["name"], ())
            assert key not in found, key
            exemplars = sorted(
                (e["traceId"], e["spanId"], number(e, "asInt", "asDouble"))
                for e in point.get("exemplars", []))
            found[key] = (number(point, "asInt", "asDouble"),
                          number(point, "count"), number(point, "sum"),
                          tuple(map(int, point.get("bucketCounts", []))),
                          tuple(point.get("explicitBounds", [])),
                          tuple(exemplars))
    return found


class WithStore(Case):
    def setUp(self):
        super().setUp()
        self.store = Store(self.path(".reprise", "store.db"))
        self.write("usage", "#!/bin/sh\ncat >/dev/null\n"
                   "printf '{\"type\":\"usage\",\"model\":\"small\","
                   "\"input_tokens\":120,\"cost_micro_usd\":1500}\\n' >&3\n"
                   "printf '{\"answer\": 1}\\n'\n", 0o755)
        write_all(self)
        self.write("usage.json", plan({"labs": agent("usage")}))
        for name, status in (("ok.json", 0), ("degraded.json", 3),
                             ("failed.json", 1), ("usage.json", 0)):
            self.expect(status, "run", name, "--quiet")

    def collector(self, *answers, **options):
        collector = Collector(answers, **options)
        self.addCleanup(collector.close)
        return collector

    def push(self, status, url, protocol="http/json", **env):
        return self.expect(status, "metrics", "--otlp", url, env={
            "OTEL_EXPORTER_OTLP_PROTOCOL": protocol, **PATIENT, **env})

    def check(self, document):
        """Beside the text: names, units, kinds, sums, and who it is."""
        text = Metrics(self.expect(0, "metrics").out)
        known = {row[0]: (prometheus, *row[1:])
                 for prometheus, row in documented().items()}
        sums = {}
        for (name, _), value in points(document).items():
            sums[name] = [a + b for a, b in zip(
                sums.get(name, [0, 0, 0]), value[:3])]
        for metric in metrics_of(document):
            name = metric["name"]
            prometheus, kind, unit, meaning, _ = known[name]
            self.assertEqual((metric["unit"], metric["description"]),
                             (unit, meaning))
            self.check_kind(metric, kind)
            if kind == "histogram":
                self.assertEqual(text.total(prometheus + "_count"),
                                 sums[name][1], name)
                self.assertAlmostEqual(text.total(prometheus + "_sum"),
                                       sums[name][2], 6)
            elif not name.startswith(STATE):
                self.assertAlmostEqual(text.total(prometheus), sums[name][0],
                                       6, name)
        self.assertEqual(
            {f.name for f in text.families.values()
             if not f.name.startswith(("target", "reprise_export_"))},
            {known[m["name"]][0].removesuffix("_total")
             for m in metrics_of(document)
             if not m["name"].startswith("reprise.export.")})
        began = self.store.one("SELECT min(began_ns) FROM session")
        resource, = document["resourceMetrics"]
        names = {a["key"]: a["value"].get("stringValue")
                 for a in resource["resource"]["attributes"]}
        self.assertEqual(names["service.name"], "reprise")
        scope, = resource["scopeMetrics"]
        self.assertEqual(scope["scope"]["name"], "reprise")
        for metric in metrics_of(document):
            for point in (metric.get("sum") or metric.get("histogram") or
                          {"dataPoints": []})["dataPoints"]:
                self.assertEqual(int(point["startTimeUnixNano"]), began)
                self.assertGreater(int(point["timeUnixNano"]), began)

    def check_kind(self, metric, kind):
        if kind == "gauge":
            self.assertIn("gauge", metric)
            return
        data = metric["histogram" if kind == "histogram" else "sum"]
        self.assertEqual(data["aggregationTemporality"], 2)
        if kind != "histogram":
            self.assertEqual(data.get("isMonotonic", False),
                             kind == "counter")


class Push(WithStore):
    def test_what_is_sent_is_what_the_text_says(self):
        collector = self.collector()
        for protocol in PROTOCOLS[:2]:
            for packing in ("none", "gzip"):
                err = self.push(0, collector.url, protocol,
                                OTEL_EXPORTER_OTLP_COMPRESSION=packing).err
                self.assertRegex(err, r"metrics: \d+ data points delivered")
        documents = [d for path, _, d in collector.requests
                     if path == "/v1/metrics" and d is not None]
        self.assertIn(len(documents), (2, 4))  # without official classes
        for document in documents:
            self.check(document)
            self.assertEqual(
                {k: v for k, v in points(document).items()
                 if "store" not in k[0]},
                {k: v for k, v in points(documents[0]).items()
                 if "store" not in k[0]})
        spans = set(self.store.rows("SELECT trace_id, span_id FROM v_span"))
        exemplars = [e for v in points(documents[0]).values() for e in v[5]]
        self.assertGreater(len(exemplars), 10)
        for trace, span, _ in exemplars:
            self.assertIn((trace, span), spans)

    def test_it_is_tried_again_when_that_is_asked_for(self):
        collector = self.collector(
            Answer(503, headers={"retry-after": "0"}), Answer(429))
        self.push(0, collector.url)
        self.assertEqual(len(collector.requests), 3)

    def test_what_is_too_large_goes_in_parts(self):
        collector = self.collector(Answer(413), Answer(413))
        self.push(0, collector.url)
        whole, half, *rest = [d for _, _, d in collector.requests]
        self.assertLess(len(points(half)), len(points(whole)))
        together = {}
        for document in rest:
            together.update(points(document))
        self.assertEqual(together, points(whole))

    def test_what_is_refused_is_told(self):
        refusing = self.collector(otherwise=Answer(404))
        err = self.push(3, refusing.url).err
        self.assertRegex(err, r"0 data points delivered, \d+ refused; "
                         r"HTTP status 404")
        partly = self.collector(Answer(200, json.dumps({"partialSuccess": {
            "rejectedDataPoints": "5", "errorMessage": "too old"}}).encode()))
        err = self.push(3, partly.url).err
        self.assertIn("5 refused; some data points were not taken: too old",
                      err)

    def test_who_is_not_there_is_told_in_time(self):
        port, = peers.free_ports(1)
        err = self.push(1, f"http://127.0.0.1:{port}", **SOON).err
        self.assertIn("0 data points delivered; no answer", err)

    def test_variables_of_metrics_say_where_and_how(self):
        collector = self.collector()
        other = self.collector()
        self.expect(0, "metrics", "--otlp", collector.url, env={
            **PATIENT, "OTEL_EXPORTER_OTLP_METRICS_HEADERS": "x-team=red",
            "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL": "http/json",
            "OTEL_EXPORTER_OTLP_HEADERS": "x-team=blue",
            "OTEL_EXPORTER_OTLP_ENDPOINT": other.url})
        (path, headers, _), = collector.requests
        self.assertEqual((path, headers["x-team"]), ("/v1/metrics", "red"))
        self.assertEqual(other.requests, [])

    def test_what_cannot_be_had_is_refused_or_told(self):
        collector = self.collector()
        name = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"
        err = self.push(2, collector.url, **{name: "delta"}).err
        self.assertIn(f"{name} is 'delta', and only cumulative metrics are "
                      "sent", err)
        self.assertEqual(collector.requests, [])
        self.push(0, collector.url, **{name: "Cumulative"})
        aggregation = ("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_"
                       "AGGREGATION")
        err = self.push(0, collector.url, **{
            aggregation: "base2_exponential_bucket_histogram"}).err
        self.assertIn(aggregation, err)
        self.push(2, collector.url, OTEL_METRICS_EXPORTER="none")
        for other in (("--listen", "0"), ("--since", "1h"),
                      ("--format", "prometheus")):
            self.expect(2, "metrics", "--otlp", collector.url, *other)


class Follow(WithStore):
    def test_they_are_sent_again_and_again_and_at_the_end(self):
        collector = self.collector(Answer(503), Answer(400))
        process = self.start("metrics", "--follow", env={
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT":
                collector.url + "/here/metrics",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
            "OTEL_METRIC_EXPORT_INTERVAL": "20", **PATIENT})
        self.assertTrue(collector.wait_for_requests(4))
        self.expect(0, "run", "ok.json", "--quiet")
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=TIMEOUT_S)
        self.assertEqual(process.returncode, 3, err)  # one was refused
        path, _, document = collector.requests[-1]
        self.assertEqual(path, "/here/metrics")
        self.check(document)


class Run(WithStore):
    def test_a_run_sends_them_only_when_asked(self):
        collector = self.collector()
        env = {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json", **PATIENT}
        self.expect(0, "run", "ok.json", "--quiet", "--otlp", collector.url,
                    env=env)
        self.assertEqual({p for p, _, _ in collector.requests},
                         {"/v1/traces"})
        env["OTEL_METRICS_EXPORTER"] = "otlp"
        self.expect(0, "run", "ok.json", "--quiet", "--otlp", collector.url,
                    env=env)
        documents = [d for p, _, d in collector.requests
                     if p == "/v1/metrics"]
        self.assertTrue(documents)
        self.check(documents[-1])

    def test_the_first_run_of_a_store_sends_them(self):
        collector = self.collector()
        self.expect(0, "run", "ok.json", "--quiet", "--store", "new.db",
                    "--otlp", collector.url, env={
                        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
                        "OTEL_METRICS_EXPORTER": "otlp", **PATIENT})
        document = [d for p, _, d in collector.requests
                    if p == "/v1/metrics"][-1]
        sessions = {dict(labels).get("reprise.session.outcome"): value[1]
                    for (name, labels), value in points(document).items()
                    if name == "reprise.session.duration"}
        self.assertEqual(sessions, {"ok": 1})

    def test_a_run_leaves_them_to_who_follows(self):
        collector = self.collector()
        env = {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
               "OTEL_METRICS_EXPORTER": "otlp",
               "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT":
                   collector.url + "/v1/metrics",
               "OTEL_METRIC_EXPORT_INTERVAL": "50", **PATIENT}
        process = self.start("metrics", "--follow", env=env)
        self.assertTrue(collector.wait_for_requests(1))
        result = self.expect(0, "run", "ok.json", "--quiet", env=env)
        self.assertEqual(result.err, "")  # and not that it waited in vain
        self.push(0, collector.url)  # who asks for it is not refused
        process.terminate()
        process.communicate(timeout=TIMEOUT_S)
        self.assertEqual(process.returncode, 0)
        self.check(collector.requests[-1][2])

    def test_a_collector_without_metrics_changes_no_session(self):
        collector = self.collector(otherwise=Answer(404))
        result = self.expect(0, "run", "ok.json", "--quiet", env={
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": collector.url + "/metrics",
            "OTEL_METRICS_EXPORTER": "otlp", **PATIENT})
        self.assertIn("refused", result.err)
        self.assertNotIn("--pending", result.err)
        result = self.expect(0, "run", "ok.json", "--quiet", env={
            "OTEL_METRICS_EXPORTER": "otlp",
            "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "delta"})
        self.assertIn("no metrics are sent", result.err)


class WithCollector(WithStore):
    def test_a_real_collector_takes_every_protocol(self):
        collector = peers.Collector(self, signals=("metrics",))
        sent = 0
        for protocol in PROTOCOLS:
            for packing in ("none", "gzip"):
                port = collector.grpc if protocol == "grpc" else collector.http
                self.push(0, f"http://127.0.0.1:{port}", protocol,
                          OTEL_EXPORTER_OTLP_COMPRESSION=packing)
                sent += 1
        documents = peers.wait_until(
            lambda: len(collector.lines()) >= sent and collector.lines(),
            "all that was sent")
        self.assertEqual(len(documents), sent)
        for document in documents:
            self.check(document)
            self.assertEqual(
                {k: v for k, v in points(document).items()
                 if "store" not in k[0]},
                {k: v for k, v in points(documents[0]).items()
                 if "store" not in k[0]})


if __name__ == "__main__":
    main()
