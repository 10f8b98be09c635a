#!/usr/bin/env python3
"""Recorded sessions beside telemetry/registry/: every span, attribute, event
and link is in it, with its type, and what is required is there. The registry
is looked at, too, for what weaver refuses."""
import json
import os
import re
import shutil
import subprocess

from cli_plans import write_all
from cli_support import Case, main
from clinical_support import make_patient
from collector import Collector

try:
    import yaml
except ImportError:
    yaml = None

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
REGISTRY = os.path.join(ROOT, "telemetry", "registry")
CLINICAL = os.path.join(ROOT, "examples", "clinical")
INSTRUMENTS = ("counter", "updowncounter", "gauge", "histogram")
KINDS = {1: "internal", 3: "client"}
NAME = re.compile(r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$")
# Of the conventions that we refer to; the registry has no copy of them.
TYPES = {
    "gen_ai.operation.name": "string", "gen_ai.workflow.name": "string",
    "gen_ai.agent.name": "string", "gen_ai.usage.input_tokens": "int",
    "gen_ai.usage.output_tokens": "int", "gen_ai.response.model": "string",
    "gen_ai.token.type": "string",
    "error.type": "string", "process.pid": "int", "process.exit.code": "int",
    "process.executable.name": "string",
}
WIRE = {"stringValue": "string", "intValue": "int", "boolValue": "boolean",
        "doubleValue": "double", "arrayValue": "string[]"}


def load(name):
    with open(os.path.join(REGISTRY, name), encoding="utf-8") as file:
        return yaml.safe_load(file)


class Registry:
    def __init__(self):
        self.manifest = load("manifest.yaml")
        self.groups = [g for name in ("attributes", "spans", "events", "metrics")
                       for g in load(name + ".yaml")["groups"]]
        self.by_id = {g["id"]: g for g in self.groups}
        self.types = dict(TYPES)
        for attribute in self.by_id["registry.reprise"]["attributes"]:
            self.types[attribute["id"]] = attribute["type"]

    def levels(self, group):
        """By key: required, recommended, or the condition."""
        return {a["ref"]: a["requirement_level"]
                for a in self.by_id[group].get("attributes", [])}


def problems_of(registry, group, node, where):
    levels = registry.levels(group)
    given = {a["key"]: next(iter(a["value"])) for a in
             node.get("attributes", [])}
    for key, wire in given.items():
        if key not in levels:
            yield f"{where}: {key} is not in {group}"
        elif WIRE.get(wire) != registry.types[key]:
            yield f"{where}: {key} is a {wire}, not {registry.types[key]}"
    for key, level in levels.items():
        if level in ("required", "recommended") and key not in given:
            yield f"{where}: {level} {key} is missing"
    if len(given) != len(node.get("attributes", [])):
        yield f"{where}: a key is there twice"


def text_of(span, key):
    return next((a["value"].get("stringValue") for a in span["attributes"]
                 if a["key"] == key), None)


def role_of(span):
    operation = text_of(span, "gen_ai.operation.name")
    path = text_of(span, "reprise.path") or ""
    return {"invoke_workflow": "session", "invoke_agent": "task"}.get(
        operation) or ("attempt" if "@" in path else "aggregate"
                       if path.endswith("$aggregate") else "node")


def name_of(span, role):
    """What the span has to be called."""
    path = text_of(span, "reprise.path") or ""
    if role == "session":
        return "invoke_workflow " + text_of(span, "gen_ai.workflow.name")
    if role == "task":
        return "invoke_agent " + text_of(span, "gen_ai.agent.name")
    if role == "attempt":
        return text_of(span, "reprise.task.agent")
    return span["name"] if role == "aggregate" else re.sub(
        r"[\[#].*", "", path.split("/")[-1])


def problems_of_span(registry, span):
    role = role_of(span)
    where = span["name"]
    group = f"span.reprise.{role}"
    yield from problems_of(registry, group, span, where)
    if KINDS.get(span["kind"]) != registry.by_id[group]["span_kind"]:
        yield f"{where}: kind {span['kind']}"
    if span["name"] != name_of(span, role):
        yield f"{where}: is not called {name_of(span, role)}"
    failed = span["status"].get("code") == 2
    if failed != (text_of(span, "error.type") is not None):
        yield f"{where}: error.type and status do not agree"
    if span["status"].get("code", 0) == 1:
        yield f"{where}: status OK"
    for event in span.get("events", []):
        if f"event.{event['name']}" not in registry.by_id:
            yield f"{where}: event {event['name']}"
        else:
            yield from problems_of(registry, f"event.{event['name']}", event,
                                   f"{where}: {event['name']}")
    for link in span.get("links", []):
        yield from problems_of(registry, "attributes.reprise.link", link,
                               f"{where}: a link")


def metrics_of(document):
    return [metric for resource in document["resourceMetrics"]
            for scope in resource["scopeMetrics"]
            for metric in scope["metrics"]]


def instrument_of(metric):
    if "sum" in metric:
        return ("counter" if metric["sum"].get("isMonotonic")
                else "updowncounter"), metric["sum"]
    kind = "gauge" if "gauge" in metric else "histogram"
    return kind, metric[kind]


def problems_of_metric(registry, metric):
    name = metric["name"]
    if name.startswith("gen_ai."):
        return  # the conventions' own
    group = registry.by_id.get("metric." + name)
    if group is None:
        yield f"{name} is not in the registry"
        return
    instrument, data = instrument_of(metric)
    if (instrument, metric["unit"]) != (group["instrument"], group["unit"]):
        yield f"{name}: {instrument} of {metric['unit']}"
    for point in data["dataPoints"]:
        yield from problems_of(registry, "metric." + name, point, name)


class WithRegistry(Case):
    def setUp(self):
        super().setUp()
        if yaml is None:
            self.skipTest("python3-yaml is not installed")
        self.registry = Registry()

    def spans(self, *args):
        text = self.expect(0, "export", *args).out
        return [span for line in text.splitlines()
                for resource in json.loads(line)["resourceSpans"]
                for scope in resource["scopeSpans"] for span in scope["spans"]]


class Form(WithRegistry):
    def test_the_manifest_pins_what_it_depends_on(self):
        manifest = self.registry.manifest
        for key in ("name", "description", "schema_url", "stability"):
            self.assertIsInstance(manifest[key], str)
        for dependency in manifest["dependencies"]:
            self.assertRegex(dependency["registry_path"],
                             r"^https://.*(v\d+\.\d+\.\d+|[0-9a-f]{40})\.zip"
                             r"\[model\]$")

    def test_each_group_and_attribute_has_what_weaver_asks_for(self):
        self.assertEqual(len(self.registry.by_id), len(self.registry.groups))
        for group in self.registry.groups:
            self.assertIn(group["type"], ("attribute_group", "span", "event",
                                          "metric"))
            self.assertTrue(group["brief"])
            if group["type"] != "attribute_group":
                self.assertEqual(group["stability"], "development")
            if group["type"] == "span":
                self.assertIn(group["span_kind"], ("internal", "client"))
            if group["type"] == "event":
                self.assertEqual(group["id"], "event." + group["name"])
            if group["type"] == "metric":
                self.assertEqual(group["id"], "metric." + group["metric_name"])
                self.assertRegex(group["metric_name"], NAME)
                self.assertIn(group["instrument"], INSTRUMENTS)
                self.assertTrue(group["unit"])
        for attribute in self.registry.by_id["registry.reprise"]["attributes"]:
            self.assertRegex(attribute["id"], NAME)
            self.assertTrue(attribute["brief"])
            self.assertEqual(attribute["stability"], "development")
            self.assertIn(attribute["type"], WIRE.values())
            if attribute["type"] != "boolean":
                self.assertTrue(attribute["examples"])

    def test_every_reference_leads_somewhere_and_no_name_is_a_namespace(self):
        keys = set(self.registry.types)
        for group in self.registry.groups:
            refs = [a["ref"] for a in group.get("attributes", [])
                    if "ref" in a]
            self.assertEqual(len(refs), len(set(refs)), group["id"])
            self.assertLessEqual(set(refs), keys, group["id"])
        for key in keys:
            self.assertFalse([k for k in keys if k.startswith(key + ".")])


class Sessions(WithRegistry):
    def check(self, *args):
        spans = self.spans(*args)
        self.assertEqual([p for s in spans
                          for p in problems_of_span(self.registry, s)], [])
        return spans

    def test_small_sessions_say_what_is_registered(self):
        write_all(self)
        for name, status in (("ok.json", 0), ("degraded.json", 3),
                             ("failed.json", 1)):
            self.expect(status, "run", name, "--quiet")
        self.expect(1, "replay", "--record", "--quiet", "--fault",
                    "* : out.truncate")
        self.check("--all")

    def test_clinical_sessions_with_faults_do_so_too(self):
        shutil.copytree(CLINICAL, self.path("clinical"),
                        ignore=shutil.ignore_patterns("clinical.db*"))
        subprocess.run([self.path("clinical", "build-db")], check=True,
                       stdout=subprocess.DEVNULL)
        make_patient(self.path("clinical"), ("meds",))
        plan = "clinical/plan.json"
        self.expect(0, "run", plan, "--quiet")
        self.expect(3, "run", plan, "--quiet", "--fault", "labs : kill")
        self.expect(3, "run", "clinical/hurried.json", "--quiet",
                    "--fault", "notes : out.truncate", "--fault", "meds : hang")
        spans = self.check("--all")
        events = {e["name"] for s in spans for e in s.get("events", [])}
        self.assertLessEqual({
            "reprise.retry", "reprise.rejected", "reprise.timed_out",
            "reprise.fault_injected", "reprise.missing", "reprise.conflict",
            "reprise.idle", "reprise.cancel_requested"}, events)

    def metrics(self):
        collector = Collector()
        self.addCleanup(collector.close)
        self.expect(0, "metrics", "--otlp", collector.url,
                    env={"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"})
        return metrics_of(collector.requests[0][2])

    def test_metrics_are_what_is_registered(self):
        write_all(self)
        for name, status in (("ok.json", 0), ("degraded.json", 3),
                             ("failed.json", 1)):
            self.expect(status, "run", name, "--quiet")
        self.expect(1, "run", "ok.json", "--quiet", "--fault", "* : kill")
        metrics = self.metrics()
        self.assertEqual([p for m in metrics
                          for p in problems_of_metric(self.registry, m)], [])
        self.assertGreater(len(metrics), 12)
        one = next(m for m in metrics
                   if m["name"] == "reprise.attempt.failures")
        point = one["sum"]["dataPoints"][0]
        for wrong in (
                dict(one, name="reprise.other"), dict(one, unit="s"),
                {"name": one["name"], "unit": one["unit"],
                 "gauge": one["sum"]},
                dict(one, sum={"isMonotonic": True, "dataPoints": [
                    dict(point, attributes=point["attributes"][1:])]}),
                dict(one, sum={"isMonotonic": True, "dataPoints": [
                    dict(point, attributes=point["attributes"] + [
                        {"key": "new", "value": {"stringValue": "x"}}])]})):
            self.assertTrue(list(problems_of_metric(self.registry, wrong)))

    def test_a_wrong_span_is_found(self):
        write_all(self)
        self.expect(0, "run", "ok.json", "--quiet")
        root = self.spans()[0]
        wrong = [
            dict(root, kind=3), dict(root, name="invoke_workflow 17"),
            dict(root, status={"code": 2}), dict(root, status={"code": 1}),
            dict(root, attributes=root["attributes"] + [
                {"key": "reprise.new", "value": {"stringValue": "x"}}]),
            dict(root, attributes=[a for a in root["attributes"]
                                   if a["key"] != "reprise.session.id"]),
            dict(root, events=[{"name": "reprise.other"}]),
            dict(root, links=[{"attributes": []}])]
        for span in wrong:
            self.assertTrue(list(problems_of_span(self.registry, span)), span)


if __name__ == "__main__":
    main()
