#!/usr/bin/env python3
"""dashboards/grafana and dashboards/prometheus: dashboards are of Grafana's
published types, every expression gives data in a real Prometheus that scraped
recorded sessions, every link and search of traces leads somewhere in a real
Jaeger, and rules fire when they should and not before."""
import copy
import glob
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

import peers
import traceql
from cli_support import TIMEOUT_S, main
from dashboard_sessions import DASHBOARDS, ROOT, Sessions

sys.path.insert(0, os.path.join(DASHBOARDS, "lib"))
import grafana  # noqa: E402
import promql  # noqa: E402

PROVISIONING = os.path.join(DASHBOARDS, "grafana", "provisioning")
PROMETHEUS = os.path.join(DASHBOARDS, "prometheus")
TYPES = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                     "grafana_types.ts")
TSC = ["--noEmit", "--strict", "--skipLibCheck", "--module", "esnext",
       "--moduleResolution", "bundler", "--target", "es2022"]
STEP_S = 5  # for $__interval, where a person sees minutes
SCRAPE = "3s"  # for one scrape, too


def dashboards():
    found = {}
    for path in sorted(glob.glob(os.path.join(
            PROVISIONING, "dashboards", "reprise", "*.json"))):
        with open(path, encoding="utf-8") as file:
            found[os.path.basename(path)[:-len(".json")]] = json.load(file)
    return found


def sources():
    """The panels that what is committed was made of, by title."""
    for path in glob.glob(os.path.join(
            DASHBOARDS, "source", "dashboards", "*.toml")):
        source = grafana.load(path)
        for store in source.get("traces", [None]):
            uid = grafana.Dashboard(source, None, store).uid
            for row in source["row"]:
                for panel in row["panel"]:
                    if panel.get("store", store) == store:
                        yield uid, panel


def panels():
    for name, dashboard in dashboards().items():
        for panel in dashboard["panels"]:
            if panel["type"] != "row":
                yield name, panel


def yaml_of(*names):
    try:
        import yaml
    except ImportError:
        raise unittest.SkipTest("python3-yaml is not installed") from None
    with open(os.path.join(*names), encoding="utf-8") as file:
        return yaml.safe_load(file)


def alerting():
    return yaml_of(PROVISIONING, "alerting", "reprise.yaml")


def data_sources():
    return yaml_of(PROVISIONING, "datasources", "reprise.yaml")["datasources"]


class Types(unittest.TestCase):
    """Against @grafana/schema and grafana-foundation-sdk, by TypeScript."""

    def setUp(self):
        folder = os.path.join(peers.home(), "grafana")
        if not os.path.exists(os.path.join(folder, "stamp")):
            self.skipTest("no types of Grafana (scripts/peers grafana)")
        self.modules = os.path.join(folder, "node_modules")

    def check(self, documents):
        """Names of those that are not of the types, with what is wrong."""
        with tempfile.TemporaryDirectory(prefix="reprise-tsc-") as folder:
            os.symlink(self.modules, os.path.join(folder, "node_modules"))
            shutil.copy(TYPES, os.path.join(folder, "types.ts"))
            for name, document in documents.items():
                with open(os.path.join(folder, f"{name}.ts"), "w",
                          encoding="utf-8") as file:
                    kind = ("Dashboard" if "panels" in document
                            else "Alerting")
                    file.write(f"import type {{ {kind} }} from './types';\n"
                               f"export const made: {kind} = "
                               f"{json.dumps(document, indent=1)};\n")
            result = subprocess.run(
                ["node", "node_modules/typescript/bin/tsc", *TSC,
                 *(f"{name}.ts" for name in ("types", *documents))],
                cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S)
        wrong = {}
        for line in result.stdout.splitlines():
            match = re.match(r"([\w-]+)\.ts\(", line)
            if match:
                wrong.setdefault(match[1], line)
        self.assertEqual(result.returncode != 0, bool(wrong), result.stdout)
        return wrong

    def test_every_dashboard_is_of_the_types_that_grafana_publishes(self):
        self.assertEqual(self.check(dashboards()), {})

    def test_a_dashboard_with_one_thing_wrong_is_not(self):
        def first(made, kind):
            return next(p for p in made["panels"] if p["type"] == kind)

        def defaults(made, kind):
            return first(made, kind)["fieldConfig"]["defaults"]
        mistakes = {
            "unit": lambda d: defaults(d, "stat").update(unit="secondz"),
            "no-unit": lambda d: defaults(d, "stat").pop("unit"),
            "no-value": lambda d: defaults(d, "table").pop("noValue"),
            "word": lambda d: first(d, "stat")["options"].update(
                colorMode="blink"),
            "member": lambda d: first(d, "stat")["options"].update(
                colourMode="value"),
            "missing": lambda d: first(d, "stat")["options"].pop("graphMode"),
            "style": lambda d: defaults(d, "timeseries")["custom"].update(
                drawStyle="lines"),
            "custom": lambda d: defaults(d, "timeseries")["custom"].update(
                fillOpacty=3),
            "query": lambda d: first(d, "table")["targets"][0].update(
                format="tabel"),
            "number": lambda d: first(d, "stat")["gridPos"].update(w="4"),
            "panel": lambda d: first(d, "stat").update(type="singlestat"),
            "variable": lambda d: d["templating"]["list"][1].update(refresh=9),
            "dashboard": lambda d: d.update(tittle="fleet"),
            "enum": lambda d: d.update(graphTooltip=7)}
        small = dashboards()["reprise-health"]
        small["panels"] = [first(small, kind) for kind in
                           ("stat", "table", "timeseries")]
        self.assertEqual(self.check({"small": small}), {})
        documents = {}
        for name, spoil in mistakes.items():
            documents[name] = copy.deepcopy(small)
            spoil(documents[name])
        self.assertEqual(set(self.check(documents)), set(mistakes))

    def test_alerts_are_of_the_types_too(self):
        self.assertEqual(self.check({"alerting": alerting()}), {})
        wrong = alerting()
        wrong["groups"][0]["rules"][0]["noDataState"] = "Quiet"
        self.assertTrue(self.check({"alerting": wrong}))


class Bundle(unittest.TestCase):
    """What can be seen without any server."""

    def test_every_panel_has_a_unit_and_says_what_no_data_means(self):
        for name, panel in panels():
            if panel["type"] in ("text", "traces"):
                continue
            with self.subTest(f"{name}: {panel['title']}"):
                defaults = panel["fieldConfig"]["defaults"]
                self.assertTrue(defaults["unit"])
                self.assertGreater(len(defaults["noValue"]), 8)

    def test_panels_have_their_own_place_and_number(self):
        for name, dashboard in dashboards().items():
            taken, numbers = set(), set()
            for panel in dashboard["panels"]:
                place = panel["gridPos"]
                cells = {(x, y)
                         for x in range(place["x"], place["x"] + place["w"])
                         for y in range(place["y"], place["y"] + place["h"])}
                with self.subTest(f"{name}: {panel['title']}"):
                    self.assertFalse(cells & taken)
                    self.assertLessEqual(place["x"] + place["w"], 24)
                    self.assertNotIn(panel["id"], numbers)
                taken |= cells
                numbers.add(panel["id"])

    def links(self):
        """(what has it, URL) of every link to one of our dashboards."""
        for name, panel in panels():
            for link in panel.get("fieldConfig", {}).get(
                    "defaults", {}).get("links", []):
                yield f"{name}: {panel['title']}", link["url"]
        for source in data_sources():
            for target in source["jsonData"].get(
                    "exemplarTraceIdDestinations", []):
                if "url" in target:
                    yield source["name"], target["url"].replace("$$", "$")
        with open(os.path.join(DASHBOARDS, "jaeger", "ui.json"),
                  encoding="utf-8") as file:
            for link in json.load(file)["linkPatterns"]:
                if link["url"].startswith("http"):
                    yield "Jaeger", link["url"]
        for group in yaml_of(PROMETHEUS, "reprise.rules.yml")["groups"]:
            for rule in group["rules"]:
                if "alert" in rule:
                    yield rule["alert"], rule["annotations"]["dashboard"]

    def test_every_link_leads_to_a_dashboard_and_its_variables(self):
        found = dashboards()
        by_uid = {made["uid"]: made for made in found.values()}
        self.assertEqual(set(by_uid), set(found))
        links = list(self.links())
        self.assertGreater(len(links), 20)
        for where, url in links:
            with self.subTest(f"{where}: {url}"):
                path, _, query = url.replace(
                    "http://localhost:3000", "").partition("?")
                self.assertRegex(path, "^/d/[a-z-]+$")
                known = {v["name"] for v in
                         by_uid[path[len("/d/"):]]["templating"]["list"]}
                used = set(re.findall(r"(?:^|&)var-(\w+)=", query)) | set(
                    re.findall(r"\$\{(\w+):queryparam\}", query))
                self.assertLessEqual(used, known)
                self.assertEqual(bool(used), bool(query))

    def test_every_field_that_a_link_uses_is_a_column(self):
        for name, panel in panels():
            links = panel.get("fieldConfig", {}).get("defaults", {}).get(
                "links", [])
            columns = {new for step in panel.get("transformations", [])
                       for new in step["options"].get(
                           "renameByName", {}).values()} | {"traceID"}
            for link in links:
                for field in re.findall(
                        r'__data\.fields(?:\["([^"]+)"\]|\.(\w+))',
                        link["url"]):
                    with self.subTest(f"{name}: {panel['title']}"):
                        self.assertIn("".join(field), columns)

    def test_data_sources_are_those_that_dashboards_ask(self):
        known = {s["uid"]: s["type"] for s in data_sources()}
        self.assertEqual(known, {"reprise-prometheus": "prometheus",
                                 "reprise-tempo": "tempo",
                                 "reprise-jaeger": "jaeger"})
        for name, dashboard in dashboards().items():
            for variable in dashboard["templating"]["list"]:
                if variable["type"] == "datasource":
                    self.assertEqual(known[variable["current"]["value"]],
                                     variable["query"], name)
        for source in data_sources():
            self.assertLessEqual(set(source), {
                "name", "uid", "type", "access", "url", "jsonData"})
            more = source["jsonData"]
            targets = [item["datasourceUid"] for item in more.get(
                "exemplarTraceIdDestinations", []) if "datasourceUid" in item]
            if "tracesToMetrics" in more:
                targets.append(more["tracesToMetrics"]["datasourceUid"])
            self.assertTrue(targets)
            self.assertLessEqual(set(targets), set(known))

    def test_the_provider_takes_the_folder_that_is_there(self):
        provider, = yaml_of(PROVISIONING, "dashboards",
                            "reprise.yaml")["providers"]
        path = provider["options"]["path"]
        self.assertTrue(path.startswith("/etc/grafana/provisioning/"))
        self.assertTrue(glob.glob(os.path.join(
            PROVISIONING, path[len("/etc/grafana/provisioning/"):],
            "*.json")))

    def traceql(self):
        for _, panel in panels():
            for target in panel.get("targets", []):
                if target["datasource"]["type"] == "tempo":
                    yield panel["title"], re.sub(
                        r"\$\{\w+(:\w+)?\}", "x", target["query"])

    def test_traceql_is_what_its_documentation_says(self):
        with open(os.path.join(ROOT, "docs", "telemetry.md"),
                  encoding="utf-8") as file:
            known = set(re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)`", file.read()))
        read = 0
        for title, query in self.traceql():
            if query == "x":
                continue  # the trace of that id
            with self.subTest(f"{title}: {query}"):
                self.assertLessEqual(traceql.Reader(query).attributes, known)
                read += 1
        self.assertGreater(read, 4)

    def test_traceql_that_is_wrong_is_noticed(self):
        for wrong in ('{ span.a.b = "c"', '{ a.b = "c" }', '{ span.a = c }',
                      '{ span.a =~ 3 }', '{ span.a == 3 }', "span.a = 3",
                      '{ span:size = 3 }', '{ span.a = 3 } | pick(span.a)',
                      '{ span.a = 3 } select(span.a)',
                      '{ span.a = 3 } | select()', '{ span.a = 3 & true }'):
            with self.subTest(wrong), self.assertRaises(ValueError):
                traceql.Reader(wrong)


class Rules(unittest.TestCase):
    def promtool(self, *arguments, folder=PROMETHEUS):
        return subprocess.run(
            [peers.find("prometheus", "promtool"), *arguments], cwd=folder,
            capture_output=True, text=True, timeout=TIMEOUT_S)

    def test_they_and_the_configuration_are_what_prometheus_reads(self):
        for arguments in (("check", "config", "prometheus.yml"),
                          ("check", "rules", "reprise.rules.yml")):
            result = self.promtool(*arguments)
            self.assertEqual(result.returncode, 0,
                             result.stdout + result.stderr)

    def test_each_fires_when_it_should_and_not_before(self):
        result = self.promtool("test", "rules", "reprise.rules.test.yml")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        rules = yaml_of(PROMETHEUS, "reprise.rules.yml")["groups"]
        fired = {case["alertname"] for test in yaml_of(
            PROMETHEUS, "reprise.rules.test.yml")["tests"]
            for case in test.get("alert_rule_test", []) if case["exp_alerts"]}
        self.assertEqual(fired, {rule["alert"] for group in rules
                                 for rule in group["rules"]
                                 if "alert" in rule})

    def test_grafana_has_the_same_alerts(self):
        ours = {rule["alert"]: rule for group in yaml_of(
            PROMETHEUS, "reprise.rules.yml")["groups"]
            for rule in group["rules"] if "alert" in rule}
        group, = alerting()["groups"]
        self.assertEqual([rule["title"] for rule in group["rules"]],
                         list(ours))
        self.assertEqual(len({r["uid"] for r in group["rules"]}), len(ours))
        for rule in group["rules"]:
            same = ours[rule["title"]]
            self.assertLessEqual(len(rule["uid"]), 40)
            self.assertEqual(rule["data"][0]["model"]["expr"], same["expr"])
            self.assertEqual(rule["for"], same.get("for", "0s"))
            self.assertEqual(rule["labels"], same["labels"])
            self.assertEqual(set(rule["annotations"]),
                             set(same["annotations"]))
            self.assertNotIn("$", json.dumps(rule))

    def test_a_rule_that_is_wrong_is_noticed(self):
        with tempfile.TemporaryDirectory(prefix="reprise-rules-") as folder:
            for name in ("reprise.rules.yml", "reprise.rules.test.yml"):
                with open(os.path.join(PROMETHEUS, name),
                          encoding="utf-8") as file:
                    text = file.read()
                changed = text.replace("reprise_session_died)",
                                       "reprise_session_dead)")
                with open(os.path.join(folder, name), "w",
                          encoding="utf-8") as file:
                    file.write(changed)
            result = self.promtool("test", "rules", "reprise.rules.test.yml",
                                   folder=folder)
            self.assertNotEqual(result.returncode, 0)


class Windows(unittest.TestCase):
    """What happened in a window, whatever the series did. Time is minutes."""

    STORE = ("reprise_store_size_bytes{job='reprise',instance='a',"
             "reprise_store_file='database'}")
    SERIES = ("reprise_session_degradations_total{job='reprise',instance='a',"
              "gen_ai_workflow_name='p',reprise_reason='idle'}")

    def result(self, values, each, window, at, store="1x120"):
        """Of the expression of a panel, by promtool; None is no data."""
        counted = promql.Language().compile(
            {"count": "reprise.session.degradations", "zero": False},
            f"{window}m", [], each)
        # What it is comes out of what promtool says it is not.
        test = {"evaluation_interval": "1m", "tests": [{
            "interval": "1m", "input_series": [
                {"series": self.SERIES, "values": values},
                {"series": self.STORE, "values": store}],
            "promql_expr_test": [{
                "expr": f"round({counted})", "eval_time": f"{at}m",
                "exp_samples": [{"labels": "{}", "value": -1}]}]}]}
        with tempfile.TemporaryDirectory(prefix="reprise-rules-") as folder:
            path = os.path.join(folder, "test.yml")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(test, file)
            result = subprocess.run(
                [peers.find("prometheus", "promtool"), "test", "rules", path],
                capture_output=True, text=True, timeout=TIMEOUT_S)
        match = re.search(r"got:(.*)", result.stdout + result.stderr)
        self.assertTrue(match, result.stdout + result.stderr)
        number = re.search(r"Value:(\S+?)\}?$|\{\} (\S+)", match[1].strip())
        return float(number[1] or number[2]) if number else None

    def both(self, wanted, values, window, at, **more):
        for each in (False, True):
            with self.subTest(each=each):
                self.assertEqual(
                    self.result(values, each, window, at, **more), wanted)

    def test_the_first_of_a_kind_counts(self):
        self.both(1, "_x30 1x60", 15, 40)

    def test_what_was_there_before_does_not(self):
        self.both(0, "7x120", 15, 40)

    def test_what_came_while_nobody_looked_counts_once(self):
        self.both(4, "5x20 _x20 9x60", 15, 45, store="1x20 _x20 1x60")
        self.both(0, "5x20 _x20 9x60", 15, 60, store="1x20 _x20 1x60")

    def test_the_first_look_at_a_store(self):
        self.assertEqual(self.result("7x120", False, 60, 30), 7,
                         "all that is shown")
        self.assertIsNone(self.result("7x120", True, 60, 30))

    def test_after_sessions_were_removed_what_comes_counts(self):
        self.both(3, "100x10 2x20 5x60", 15, 40)
        self.assertGreaterEqual(
            self.result("100x20 2x10 5x60", False, 30, 40), 3)


def any_at_all(values):
    return bool(values)


class Live(Sessions):
    """Recorded sessions, 'reprise metrics', Prometheus, Jaeger."""

    def begin(self):
        metrics, port = peers.free_ports(2)
        self.clinical(0)  # so that there is a store
        self.jaeger = peers.JaegerAsShipped(
            self, os.path.join(DASHBOARDS, "jaeger"))
        peer = self.start("metrics", "--listen", str(metrics))
        self.addCleanup(peer.communicate)
        self.addCleanup(peer.terminate)
        with open(os.path.join(PROMETHEUS, "prometheus.yml"),
                  encoding="utf-8") as file:
            config = file.read()
        config = config.replace("15s", SCRAPE).replace(
            "localhost:9464", f"127.0.0.1:{metrics}").replace(
            "localhost:8889", f"127.0.0.1:{self.jaeger.span_metrics}")
        shutil.copy(os.path.join(PROMETHEUS, "reprise.rules.yml"), self.dir)
        self.prometheus = peers.Prometheus(
            self, self.write("prometheus.yml", config), port)
        self.began = peers.wait_until(self.watched, "the first scrapes")

    def watched(self):
        """Since when, once it was for longer than the shortest window."""
        found = self.prometheus.query(
            f"min_over_time(timestamp(reprise_store_size_bytes)[1h:1s]) < "
            f"time() - {2 * STEP_S}")
        return found and float(found[0]["value"][1])

    def settle(self):
        """Spans are sent, and Prometheus has counted every session."""
        self.deliver(self.jaeger)
        for trace, spans in self.sql(
                "SELECT s.trace_id, count(*) FROM v_span s JOIN v_session o "
                "ON o.id = s.session_id WHERE o.mode = 'live' GROUP BY 1"):
            self.jaeger.documents(trace, spans)
        ended = self.sql("SELECT count(*) FROM v_session WHERE mode = 'live' "
                         "AND outcome <> ''")[0][0]
        now = time.time()
        peers.wait_until(lambda: [row for row in self.prometheus.query(
            "sum(reprise_session_duration_seconds_count) and "
            f"min(timestamp(reprise_store_size_bytes)) > {now}")
            if float(row["value"][1]) == ended], "the sessions")
        peers.wait_until(lambda: time.time() > now + STEP_S, "a window")

    def send_to_nobody(self):
        port, = peers.free_ports(1)
        self.expect(1, "export", "--pending", "--otlp",
                    f"http://127.0.0.1:{port}",
                    env={"OTEL_BSP_EXPORT_TIMEOUT": "300"})

    # ---- expressions ----

    def substituted(self, expression, seconds=3600):
        for name, value in (("$__interval", f"{STEP_S}s"),
                            ("$__range", f"{seconds}s"),
                            ("$store", ".*"), ("$plan", "clinical.*"),
                            ("$agent", ".*"), ("$destination", ".*")):
            expression = expression.replace(name, value)
        self.assertNotIn("$", expression)
        return expression

    def values(self, target):
        """Of a query as Grafana asks it."""
        expression = self.substituted(target["expr"])
        if target["instant"]:
            rows = [[row["value"]] for row in
                    self.prometheus.query(expression)]
        else:
            rows = [row["values"] for row in self.prometheus.ask(
                "query_range", query=expression, start=self.began,
                end=time.time(), step=1)["result"]]
        numbers = [float(number) for row in rows for _, number in row]
        return [number for number in numbers if not math.isnan(number)]

    def wait_for(self, where, target, good):
        """Values of which that is true; a scrape may have come too late."""
        return peers.wait_until(
            lambda: [values for values in (self.values(target),)
                     if good(values)],
            f"{where}: {target['expr']}")[0]

    def every_panel(self, check):
        seen = 0
        marks = {(uid, panel["title"]): panel for uid, panel in sources()}
        for name, panel in panels():
            for target in panel.get("targets", []):
                if target["datasource"]["type"] != "prometheus":
                    continue
                where = f"{name}: {panel['title']} {target['refId']}"
                with self.subTest(where):
                    check(where, target, marks[name, panel["title"]])
                seen += 1
        self.assertGreater(seen, 60)

    def all_is_well(self, where, target, panel):
        if panel.get("good_is_empty") or panel.get("alerts"):
            self.wait_for(where, target, lambda values: not values)
            return
        values = self.wait_for(where, target, any_at_all)
        if panel.get("bad"):
            self.assertEqual(set(values), {0.0}, "a failure of none")

    def failures_are_seen(self, where, target, panel):
        self.wait_for(where, target, lambda values: any_at_all(values) and (
            max(values) > 0 or not panel.get("bad")))

    def test_every_expression_gives_data_and_shows_what_failed(self):
        self.begin()
        self.record_good_ones()
        self.settle()
        self.every_panel(self.all_is_well)
        self.variables_have_values()
        between = time.time()
        sessions = self.sql("SELECT max(no) FROM v_session")[0][0]
        self.record_failures()
        self.send_to_nobody()
        self.settle()
        self.every_panel(self.failures_are_seen)
        self.counts_are_those_of_the_store(between, sessions)
        self.exemplars_lead_to_traces()
        self.searches_find_traces()
        self.spans_lead_to_metrics()
        self.one_made_wrong_fails()

    def variables_have_values(self):
        for name, dashboard in dashboards().items():
            for variable in dashboard["templating"]["list"]:
                if variable["type"] != "query":
                    continue
                match = re.fullmatch(r"label_values\((.+), (\w+)\)",
                                     variable["query"]["query"])
                self.assertTrue(self.prometheus.ask(
                    f"label/{match[2]}/values",
                    **{"match[]": self.substituted(match[1])}),
                    f"{name}: {variable['name']}")

    def counts_are_those_of_the_store(self, between, before):
        """Over what is shown, when that begins in the middle."""
        shown = {panel["title"]: panel["targets"][0]["expr"]
                 for name, panel in panels() if name == "reprise-fleet"}
        for title, condition in (
                ("Sessions that ended", "outcome <> ''"),
                ("degraded", "outcome = 'degraded'"),
                ("failed", "outcome = 'failed'"),
                ("cancelled", "outcome = 'cancelled'")):
            wanted = self.sql("SELECT count(*) FROM v_session WHERE mode = "
                              f"'live' AND no > ? AND {condition}", before)
            # Whole seconds; in the first of them nothing ended.
            now = time.time()
            found = self.prometheus.query(self.substituted(
                shown[title], math.ceil(now - between)), time=now)
            self.assertEqual(float(found[0]["value"][1]), wanted[0][0], title)

    # ---- from one to the other ----

    def traces(self, live=False):
        return {row[0] for row in self.sql(
            "SELECT trace_id FROM v_session" +
            (" WHERE mode = 'live'" if live else ""))}

    def first_trace(self):
        """Of the clinical example, when all went well."""
        return self.sql(
            "SELECT trace_id FROM v_session ORDER BY no LIMIT 1")[0][0]

    def exemplars_lead_to_traces(self):
        found, named = set(), set()
        for name, panel in panels():
            for target in panel.get("targets", []):
                if not target.get("exemplar"):
                    continue
                series = self.prometheus.ask(
                    "query_exemplars", query=self.substituted(target["expr"]),
                    start=self.began - 60, end=time.time())
                self.assertTrue(series, f"{name}: {panel['title']}")
                for row in series:
                    for exemplar in row["exemplars"]:
                        named |= set(exemplar["labels"])
                        found.add(exemplar["labels"]["trace_id"])
        for source in data_sources():
            for target in source["jsonData"].get(
                    "exemplarTraceIdDestinations", []):
                self.assertIn(target["name"], named)
        self.assertLessEqual(found, self.traces(live=True))
        self.assertGreater(len(found), 5)
        for trace in found:
            self.assertEqual(
                self.jaeger.ask(f"/api/traces/{trace}")["data"][0]["traceID"],
                trace)

    def searches_find_traces(self):
        """As Grafana's data source asks Jaeger; tags are in logfmt."""
        seen = 0
        for _, panel in panels():
            for target in panel.get("targets", []):
                if target["datasource"]["type"] != "jaeger":
                    continue
                seen += 1
                if target.get("queryType") != "search":
                    self.assertEqual(target["query"], "${trace}")
                    trace = self.first_trace()
                    self.assertTrue(self.jaeger.ask(f"/api/traces/{trace}"))
                    continue
                tags = dict(item.split("=") for item in
                            target["tags"].split())
                found = {trace["traceID"] for trace in self.jaeger.ask(
                    "/api/traces?" + urllib.parse.urlencode({
                        "service": target["service"],
                        "tags": json.dumps(tags),
                        "limit": target["limit"]}))["data"]}
                self.assertTrue(found, panel["title"])
                self.assertLess(found, self.traces())
        self.assertGreater(seen, 3)

    def spans_lead_to_metrics(self):
        trace = self.first_trace()
        spans = self.jaeger.ask(f"/api/traces/{trace}")["data"][0]["spans"]
        for source in data_sources():
            link = source["jsonData"].get("tracesToMetrics")
            if link is None:
                continue
            tried = 0
            for span in spans:
                tags = {tag["key"]: tag["value"] for tag in span["tags"]}
                matchers = ", ".join(
                    f'{tag["value"]}="{tags[tag["key"]]}"'
                    for tag in link["tags"] if tag["key"] in tags)
                for query in link["queries"] if matchers else []:
                    text = query["query"].replace("$$__tags", matchers)
                    peers.wait_until(lambda: self.prometheus.query(text),
                                     f"{query['name']} {matchers}")
                    tried += 1
            self.assertGreater(tried, 10)

    def one_made_wrong_fails(self):
        target = next(panel["targets"][0] for _, panel in panels()
                      if panel["title"] == "Sessions by outcome")
        whole = target["expr"]
        for wrong in (
                whole.replace("reprise_session_duration", "reprise_sessions"),
                whole.replace("reprise_session_outcome)", "outcome)(("),
                whole.replace('instance=~"$store"', 'instance="nowhere"')):
            self.assertNotEqual(wrong, whole)
            wrong = wrong.partition(" or on () ")[0]
            try:
                self.assertFalse(self.values({**target, "expr": wrong}))
            except peers.Refused:
                pass  # it is not even an expression
        self.wait_for("as it is", {
            **target, "expr": whole.partition(" or on () ")[0]}, any_at_all)


if __name__ == "__main__":
    main()
