#!/usr/bin/env python3
"""dashboards/jaeger in a real Jaeger: its configuration, each of its saved
searches and links, its span metrics and its service graph."""
import json
import os
import re
import time
import urllib.error
import urllib.parse

import peers
from cli_support import main
from dashboard_sessions import DASHBOARDS, ROOT, Sessions

FOLDER = os.path.join(DASHBOARDS, "jaeger")
LONG = "Sessions: of 5 s and more"
SCRAPED_S = 30  # what is there so long is scraped, most times

# A worker that is instrumented, as any with OpenTelemetry's SDK is.
INSTRUMENTED = """#!{python}
import json, os, sys
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import (
    OTLPSpanExporter)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace.propagation.tracecontext import (
    TraceContextTextMapPropagator)
provider = TracerProvider(resource=Resource.create({{
    "service.name": "labs-service"}}))
provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(
    endpoint="http://127.0.0.1:{port}/v1/traces", timeout=120)))
context = TraceContextTextMapPropagator().extract(
    {{"traceparent": os.environ["TRACEPARENT"]}})
with provider.get_tracer("labs").start_as_current_span(
        "look up", context=context, kind=trace.SpanKind.SERVER):
    json.load(sys.stdin)
    print("{{}}")
provider.shutdown()
"""


def ui():
    with open(os.path.join(FOLDER, "ui.json"), encoding="utf-8") as file:
        return json.load(file)


def searches():
    return {f"{menu['label']}: {item['label']}": item["url"]
            for menu in ui()["menu"] for item in menu["items"]}


class AsShipped(Sessions):
    def send(self, jaeger):
        """Everything in the store, the spans of the dead session too."""
        endpoint = f"http://127.0.0.1:{jaeger.http}"
        self.deliver(jaeger)
        for (identity,) in self.sql(
                "SELECT id FROM v_session WHERE mode = 'rerun'"):
            self.expect(0, "export", identity, "--otlp", endpoint,
                        env=peers.PATIENT)
        for trace, spans in self.sql(
                "SELECT trace_id, count(*) FROM v_span GROUP BY 1"):
            jaeger.documents(trace, spans)

    def found(self, jaeger, url):
        """Traces that a link to Jaeger's search page shows."""
        path, _, query = url.partition("?")
        self.assertEqual(path, "/search")
        answer = jaeger.ask(f"/api/traces?{query}")
        self.assertFalse(answer.get("errors"), url)
        return {trace["traceID"] for trace in answer["data"]}


class Searches(AsShipped):
    def test_each_finds_what_it_says_and_none_without_a_reason(self):
        jaeger = peers.JaegerAsShipped(self, FOLDER)
        self.record_good_ones()
        self.send(jaeger)
        good = {name: self.found(jaeger, url)
                for name, url in searches().items() if name != LONG}
        self.assertEqual({name for name, traces in good.items() if traces}, {
            "Sessions: of clinical-summary", "Sessions: ok",
            "Faults and conflicts: disagreement"})
        self.record_failures()
        self.send(jaeger)
        everything = {row[0] for row in self.sql(
            "SELECT trace_id FROM v_session")}
        for name, url in searches().items():
            with self.subTest(name):
                traces = self.found(jaeger, url)
                self.assertTrue(traces, "nothing is found")
                if name != LONG:
                    self.assertLess(traces, everything, "everything is found")
        self.assertEqual(self.found(jaeger, searches()[LONG]), self.long())
        self.outcomes_are_those_of_the_store(jaeger)
        self.links_lead_somewhere(jaeger)

    def long(self):
        """How many they are is up to the machine."""
        return {row[0] for row in self.sql(
            "SELECT trace_id FROM v_span WHERE role = 'session' "
            "AND took_s >= 5")}

    def outcomes_are_those_of_the_store(self, jaeger):
        for outcome in ("ok", "degraded", "failed", "cancelled"):
            self.assertEqual(
                self.found(jaeger, searches()[f"Sessions: {outcome}"]),
                {row[0] for row in self.sql(
                    "SELECT trace_id FROM v_session WHERE outcome = ?",
                    outcome)})

    def links_lead_somewhere(self, jaeger):
        """Those inside of Jaeger; dashboards are looked at elsewhere."""
        source = self.sql("SELECT source FROM v_session WHERE mode = 'rerun'")
        inside = [link for link in ui()["linkPatterns"]
                  if link["url"].startswith("/")]
        self.assertTrue(inside)
        for link in inside:
            url = link["url"].replace("#{%s}" % link["key"], source[0][0])
            self.assertNotIn("#{", url)
            self.assertEqual(
                self.found(jaeger, url), {row[0] for row in self.sql(
                    "SELECT trace_id FROM v_session WHERE id = ?",
                    source[0][0])})

    def test_a_search_for_what_nobody_says_finds_nothing(self):
        jaeger = peers.JaegerAsShipped(self, FOLDER)
        self.record_good_ones()
        self.send(jaeger)
        url = searches()["Sessions: ok"]
        self.assertTrue(self.found(jaeger, url))
        self.assertFalse(self.found(jaeger, url.replace(
            "session.outcome", "session.result")))


class Configuration(AsShipped):
    def test_the_page_has_the_menu_and_the_links(self):
        jaeger = peers.JaegerAsShipped(self, FOLDER)
        page = peers.get(f"http://127.0.0.1:{jaeger.query}/search").decode()
        if "JAEGER_CONFIG" not in page:
            self.skipTest("this Jaeger was built without its pages")
        for label in [menu["label"] for menu in ui()["menu"]]:
            self.assertIn(json.dumps(label), page)

    def test_every_attribute_it_names_is_one_that_spans_have(self):
        with open(os.path.join(ROOT, "docs", "telemetry.md"),
                  encoding="utf-8") as file:
            known = set(re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)`", file.read()))
        named = set()
        for url in searches().values():
            values = urllib.parse.parse_qs(url.partition("?")[2])
            for text in values.get("tags", []):
                named |= set(json.loads(text))
        named |= {link["key"] for link in ui()["linkPatterns"]
                  if "key" in link}
        with open(os.path.join(FOLDER, "jaeger.yaml"),
                  encoding="utf-8") as file:
            named |= set(re.findall(r"- name: (\S+)", file.read()))
        self.assertEqual(named - known, set())


class SpanMetrics(AsShipped):
    def test_the_monitor_page_has_its_numbers_from_prometheus(self):
        port, = peers.free_ports(1)
        jaeger = peers.JaegerAsShipped(self, FOLDER,
                                       metrics=f"http://127.0.0.1:{port}")
        config = self.write("prometheus.yml", json.dumps({
            "global": {"scrape_interval": "2s", "scrape_timeout": "2s"},
            "scrape_configs": [{"job_name": "spans", "static_configs": [
                {"targets": [f"127.0.0.1:{jaeger.span_metrics}"]}]}]}))
        prometheus = peers.Prometheus(self, config, port)
        peers.wait_until(lambda: prometheus.query("up == 1"), "a scrape")
        self.clinical(0)
        self.send(jaeger)
        self.measured(jaeger, prometheus)
        self.with_a_fault(3, "notes : out.truncate(cut=60%)")
        self.send(jaeger)
        self.explained(prometheus)
        for name in ("calls", "errors", "latencies"):
            peers.wait_until(lambda name=name: self.monitor(jaeger, name),
                             f"{name} on the Monitor page")

    def measured(self, jaeger, prometheus):
        agents = {"labs", "meds", "notes", "vitals", "writer"}
        peers.wait_until(lambda: {
            row["metric"]["gen_ai_agent_name"] for row in prometheus.query(
                'sum by (gen_ai_agent_name) (traces_span_metrics_calls_total'
                '{gen_ai_agent_name!=""}) == 1')} == agents,
            "one call of each agent")
        traces = peers.wait_until(lambda: self.exemplars(jaeger, prometheus),
                                  "exemplars")
        self.assertLessEqual(traces, {row[0] for row in self.sql(
            "SELECT trace_id FROM v_session")})

    def exemplars(self, jaeger, prometheus):
        """Jaeger has each for seconds only: when no scrape came in time, those
        of another session may be seen."""
        ends = time.monotonic() + SCRAPED_S
        while time.monotonic() < ends:
            found = prometheus.ask(
                "query_exemplars", start=time.time() - 3600,
                end=time.time() + 1,
                query="traces_span_metrics_duration_seconds_bucket")
            if found:
                return {row["labels"]["trace_id"] for series in found
                        for row in series["exemplars"]}
            time.sleep(0.05)
        self.clinical(0)
        self.send(jaeger)
        return None

    def explained(self, prometheus):
        peers.wait_until(lambda: prometheus.query(
            'traces_span_metrics_calls_total{'
            'gen_ai_workflow_name="clinical-summary",'
            'reprise_session_outcome="degraded"} == 1'), "the outcome")
        peers.wait_until(lambda: prometheus.query(
            'traces_span_metrics_events_total{'
            'reprise_status="failed",'
            'reprise_reason="output_truncated"} == 1'), "the reason")

    @staticmethod
    def monitor(jaeger, name):
        query = {"service": "reprise", "groupByOperation": "true",
                 "endTs": int(time.time() * 1000), "lookback": 600000,
                 "step": 5000, "ratePer": 60000, "spanKind":
                 ["internal", "client"]}
        if name == "latencies":
            query["quantile"] = "0.95"
        try:
            answer = jaeger.ask(f"/api/metrics/{name}?" +
                                urllib.parse.urlencode(query, doseq=True))
        except urllib.error.HTTPError:  # Prometheus did not answer in time
            return None
        return [series for series in answer["metrics"]
                if series["metricPoints"]]


class ServiceGraph(AsShipped):
    def edges(self, jaeger):
        answer = jaeger.ask(f"/api/dependencies?endTs="
                            f"{int(time.time() * 1000)}&lookback=600000")
        return {(edge["parent"], edge["child"]) for edge in answer["data"]}

    def run_with(self, jaeger, worker):
        self.write("worker", worker, 0o755)
        self.write("graph.json", json.dumps({
            "reprise": 1, "name": "graph", "agents": {"labs": {
                "exec": ["./worker"], "timeout": "600s"}},
            "flow": {"agent": "labs"}}))
        self.clinical(0, plan="graph.json")
        self.send(jaeger)

    def test_it_has_one_node_as_long_as_no_worker_is_instrumented(self):
        jaeger = peers.JaegerAsShipped(self, FOLDER)
        self.clinical(0)
        self.send(jaeger)
        peers.wait_until(lambda: self.edges(jaeger), "the graph")
        self.assertEqual(self.edges(jaeger), {("reprise", "reprise")})

    def test_it_leads_to_a_worker_that_is(self):
        python = peers.python_of_peers()
        jaeger = peers.JaegerAsShipped(self, FOLDER)
        self.run_with(jaeger, INSTRUMENTED.format(python=python,
                                                  port=jaeger.http))
        peers.wait_until(lambda: ("reprise", "labs-service") in self.edges(
            jaeger), "an edge to the worker")


if __name__ == "__main__":
    main()
