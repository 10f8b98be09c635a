#!/usr/bin/env python3
"""`reprise metrics`: what it counts is what SQL counts over the store, and the
text is what Prometheus' own programs read."""
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from cli_plans import WORKERS, agent, plan, write_all
from cli_support import BIN, TIMEOUT_S, Case, children, main
from clinical_support import make_patient
from collector import Answer, Collector
from metrics_support import ROOT, Metrics, Store, documented
from peers import PATIENT, Prometheus, find, free_ports, wait_until

CLINICAL = os.path.join(ROOT, "examples", "clinical")
LIVE = "session_id IN (SELECT id FROM v_session WHERE mode = 'live')"


class WithStore(Case):
    def setUp(self):
        super().setUp()
        self.store = Store(self.path(".reprise", "store.db"))

    def metrics(self, *args, **options):
        return Metrics(self.expect(0, "metrics", *args, **options).out)

    def small_sessions(self):
        write_all(self)
        for name, status in (("ok.json", 0), ("degraded.json", 3),
                             ("failed.json", 1)):
            self.expect(status, "run", name, "--quiet")

    def listen(self, place="0", **options):
        """(process, the URL that it says)"""
        process = self.start("metrics", "--listen", place, **options)
        self.addCleanup(self.end, process)
        line = process.stderr.readline().decode()
        return process, re.search(r"http://\S+", line).group(0)

    def end(self, process):
        if process.returncode is None:
            process.terminate()
            _, err = process.communicate(timeout=TIMEOUT_S)
            self.assertNotIn(b"Sanitizer", err)
        return process.returncode

    def ask(self, url, method="GET", **headers):
        request = urllib.request.Request(url, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()

    def scrape(self, url):
        status, headers, text = self.ask(
            url, Accept="application/openmetrics-text;version=1.0.0")
        self.assertEqual(status, 200, text)
        self.assertEqual(
            headers["Content-Type"],
            "application/openmetrics-text; version=1.0.0; charset=utf-8")
        return Metrics(text)

    def check(self, metrics):
        """Every count beside that of SQL."""
        sql = self.store
        self.assertEqual(
            metrics.by("reprise_session_duration_seconds_count", "plan",
                       "outcome"),
            sql.by("SELECT plan_name, outcome, count(*) FROM v_session WHERE "
                   "mode = 'live' AND outcome <> '' GROUP BY 1, 2"))
        self.assertEqual(
            metrics.by("reprise_task_duration_seconds_count", "agent",
                       "status", "error"),
            sql.by("SELECT attributes ->> '$.\"gen_ai.agent.name\"', "
                   "attributes ->> '$.\"reprise.task.status\"' AS ended, "
                   "error_type, count(*) FROM v_span WHERE role = 'task' "
                   f"AND ended <> '' AND {LIVE} GROUP BY 1, 2, 3"))
        self.assertEqual(
            metrics.by("reprise_attempt_duration_seconds_count", "agent",
                       "result", "error"),
            sql.by("SELECT name, attributes ->> '$.\"reprise.attempt."
                   "outcome\"', error_type, count(*) FROM v_span WHERE "
                   f"role = 'attempt' AND end_s AND {LIVE} GROUP BY 1, 2, 3"))
        for name, column in (("task_retries", "retries"),
                             ("attempt_timeouts", "timeouts"),
                             ("task_fallbacks", "fallbacks"),
                             ("aggregation_conflicts", "conflicts")):
            self.assertEqual(
                metrics.total(f"reprise_{name}_total"),
                sql.one(f"SELECT sum({column}) FROM v_session "
                        "WHERE mode = 'live'"), column)
        self.assertEqual(
            metrics.by("reprise_fault_injections_total", "fault"),
            sql.by("SELECT attributes ->> '$.\"reprise.fault.kind\"', "
                   "count(*) FROM v_span_event WHERE "
                   f"name = 'reprise.fault_injected' AND {LIVE} GROUP BY 1"))
        for kind, column in (("input", "input_tokens"),
                             ("output", "output_tokens")):
            self.assertEqual(
                metrics.by("reprise_usage_tokens_total", "type").get(
                    (kind,), 0),
                sql.one(f"SELECT sum({column}) FROM v_session "
                        "WHERE mode = 'live'"))
        self.assertAlmostEqual(
            metrics.total("reprise_usage_cost_USD_total"),
            sql.one("SELECT sum(cost_usd) FROM v_session "
                    "WHERE mode = 'live'"))
        self.assertAlmostEqual(
            metrics.total("reprise_session_duration_seconds_sum"),
            sql.one("SELECT sum(took_s) FROM v_session WHERE mode = 'live' "
                    "AND outcome <> ''"), 6)
        self.assertEqual(
            metrics.by("reprise_store_sessions", "mode"),
            sql.by("SELECT mode, count(*) FROM v_session GROUP BY 1"))
        self.assertEqual(
            metrics.total("reprise_store_spans"),
            sql.one("SELECT count(*) FROM v_span"))


class Counts(WithStore):
    def test_small_sessions_are_counted_as_sql_does(self):
        self.small_sessions()
        self.check(self.metrics())

    def test_fallbacks_timeouts_and_usage_are_counted(self):
        self.write("usage", "#!/bin/sh\ncat >/dev/null\n"
                   "printf '{\"type\":\"usage\",\"model\":\"small\","
                   "\"input_tokens\":120,\"output_tokens\":7,"
                   "\"cost_micro_usd\":1500}\\n' >&3\n"
                   "printf '{\"answer\": 1}\\n'\n", 0o755)
        write_all(self)
        self.write("mixed.json", plan({
            "labs": agent("usage"),
            "notes": agent("exit3", fallback={"agent": "words"}),
            "words": agent("good"),
            "meds": agent("exit3", fallback={"value": {"answer": 0}}),
            "slow": agent("slow", timeout="200ms", optional=True)}))
        text = self.run_it("run", "mixed.json", "--quiet").err
        metrics = self.metrics()
        self.check(metrics)
        self.assertEqual(metrics.by("reprise_usage_cost_USD_total", "agent"),
                         {("labs",): 0.0015}, text)
        self.assertEqual(metrics.by("reprise_attempt_timeouts_total", "agent",
                                    "reason"), {("slow", "timeout"): 1})
        kinds = {s.labels["reprise_degradation_kind"]: s.value for s in
                 metrics.samples("reprise_session_degradations_total")
                 if s.labels["reprise_reason"].startswith("fallback")}
        self.assertEqual(kinds, {"fallback": 1})
        self.assertEqual(metrics.total("reprise_task_fallbacks_total"), 2)
        self.assertEqual(metrics.total("gen_ai_client_token_usage_count"), 0)

    def test_replays_and_imported_sessions_are_not_counted(self):
        self.small_sessions()
        before = self.metrics()
        self.expect(0, "export", "--all", "-o", "all.jsonl")
        self.expect(0, "replay", "--record", "--quiet")
        self.expect(0, "import", "all.jsonl", "--store",
                    self.path("other.db"))
        after = self.metrics()
        self.check(after)
        self.assertEqual(
            before.by("reprise_session_duration_seconds_count", "outcome"),
            after.by("reprise_session_duration_seconds_count", "outcome"))
        self.assertEqual(after.by("reprise_store_sessions", "mode"),
                         {("live",): 3, ("rerun",): 1})
        other = self.metrics("--store", self.path("other.db"))
        self.assertEqual(other.samples(
            "reprise_session_duration_seconds_count"), [])
        self.assertEqual(other.by("reprise_store_sessions", "mode"),
                         {("imported",): 3})

    def test_since_leaves_older_sessions_out(self):
        self.small_sessions()
        name = "reprise_session_duration_seconds_count"
        self.assertEqual(self.metrics("--since", "1h").total(name), 3)
        self.assertEqual(
            self.metrics("--since", "2030-01-01T00:00:00Z").total(name), 0)
        self.assertIn("neither an age nor a time", self.expect(
            2, "metrics", "--since", "yesterday").err)

    def test_counters_fall_when_sessions_are_removed(self):
        self.small_sessions()
        self.expect(0, "rm", "last")
        metrics = self.metrics()
        self.check(metrics)
        self.assertEqual(metrics.total(
            "reprise_session_duration_seconds_count"), 2)


class Running(WithStore):
    def test_what_goes_on_is_in_gauges_and_then_is_not(self):
        write_all(self)
        began = time.monotonic()
        process = self.start("run", "slow.json", "--quiet")
        wait_until(lambda: self.words_of("pids"), "a worker")
        metrics = wait_until(self.with_one_attempt, "one attempt in flight")
        self.assertEqual(metrics.by("reprise_session_active", "plan"),
                         {("clinic",): 1})
        self.assertEqual(metrics.by("reprise_task_active", "agent"),
                         {("notes",): 1})
        age, = metrics.samples("reprise_attempt_age_seconds")
        self.assertGreater(age.value, 0)
        self.assertLess(age.value, time.monotonic() - began + 1)
        self.assertEqual(metrics.total("reprise_session_died"), 0)
        self.expect(0, "cancel", "last")
        process.communicate()
        metrics = self.metrics()
        self.assertEqual(metrics.total("reprise_session_active"), 0)
        self.assertEqual(len(metrics.samples("reprise_session_active")), 1)
        self.assertEqual(metrics.total("reprise_attempt_active"), 0)
        self.assertEqual(metrics.by("reprise_session_duration_seconds_count",
                                    "outcome"), {("cancelled",): 1})
        self.check(metrics)

    def test_a_session_that_died_is_told_and_counts_when_it_is_resumed(self):
        self.not_under_a_wrapper("it would be killed instead")
        write_all(self)
        process = self.start("run", "slow.json", "--quiet")
        wait_until(lambda: self.words_of("pids"), "a worker")
        _, url = self.listen()
        self.assertEqual(self.scrape(url).total(
            "reprise_session_active"), 1)
        orchestrator, = children(process.pid)
        os.kill(orchestrator, signal.SIGKILL)
        process.communicate(timeout=TIMEOUT_S)
        for metrics in (self.metrics(), self.scrape(url)):
            self.assertEqual(metrics.by("reprise_session_died", "plan"),
                             {("clinic",): 1})
            self.assertEqual(metrics.total("reprise_session_active"), 0)
            self.assertEqual(metrics.total("reprise_attempt_active"), 0)
            self.assertEqual(metrics.total(
                "reprise_session_duration_seconds_count"), 0)
        self.write("slow", WORKERS["good"], 0o755)
        self.expect(0, "resume", "--quiet")
        for metrics in (self.metrics(), self.scrape(url)):
            self.check(metrics)
            self.assertEqual(metrics.total("reprise_session_died"), 0)
            self.assertEqual(metrics.by(
                "reprise_session_duration_seconds_count", "outcome"),
                {("ok",): 1})

    def with_one_attempt(self):
        metrics = self.metrics()
        active = metrics.by("reprise_attempt_active", "agent")
        return metrics if active == {("notes",): 1} else None


class Text(WithStore):
    def clinical(self):
        shutil.copytree(CLINICAL, self.path("clinical"),
                        ignore=shutil.ignore_patterns("clinical.db*"))
        make_patient(self.path("clinical"), ("meds",))
        subprocess.run([self.path("clinical", "build-db")], check=True,
                       stdout=subprocess.DEVNULL)
        plan_file = "clinical/plan.json"
        self.expect(0, "run", plan_file, "--quiet")
        self.expect(3, "run", plan_file, "--quiet", "--fault", "labs : kill")
        self.expect(3, "run", "clinical/hurried.json", "--quiet", "--fault",
                    "notes : out.truncate", "--fault", "meds : hang")
        self.expect(1, "run", plan_file, "--quiet", "--fault", "* : kill")

    def test_clinical_sessions_with_faults(self):
        self.clinical()
        metrics = self.metrics()
        self.check(metrics)
        self.check_exemplars(metrics)
        self.check_names(metrics)
        by_fate = metrics.by("reprise_fault_injections_total", "fault",
                             "outcome", "status")
        self.assertEqual(by_fate[("hang", "degraded", "timed_out")], 2)
        self.assertEqual(by_fate[("kill", "degraded", "failed")], 2)
        self.assertEqual(by_fate[("kill", "failed", "failed")], 8)
        self.promtool_takes_it()

    def check_exemplars(self, metrics):
        """Each names a span of the store, counters and buckets have them."""
        spans = {(t, s): (name, took) for t, s, name, took in self.store.rows(
            "SELECT trace_id, span_id, name, took_s FROM v_span")}
        kinds = set()
        for family, sample, exemplar in metrics.exemplars():
            kinds.add(family.type)
            key = exemplar.labels["trace_id"], exemplar.labels["span_id"]
            self.assertIn(key, spans)
            if sample.name.endswith("_bucket"):
                self.assertLessEqual(exemplar.value,
                                     float(sample.labels["le"]))
                self.assertAlmostEqual(exemplar.value, spans[key][1],
                                       delta=0.02)
        self.assertEqual(kinds, {"counter", "histogram"})
        counted = [s for f in metrics.families.values() for s in f.samples
                   if f.type == "counter" and
                   not s.name.startswith("reprise_export")]
        self.assertTrue(all(s.exemplar for s in counted if s.value))

    def check_names(self, metrics):
        """What docs/telemetry.md names, with its unit and attributes."""
        known = documented()
        self.assertGreater(len(known), 25)
        kinds = {"counter": "counter", "updowncounter": "gauge",
                 "gauge": "gauge", "histogram": "histogram"}
        for name, family in metrics.families.items():
            if name == "target":
                continue
            full = name + "_total" if family.type == "counter" else name
            _, kind, unit, meaning, attributes = known[full]
            self.assertEqual(family.type, kinds[kind], name)
            self.assertEqual(family.documentation, meaning)
            self.assertEqual(family.unit, {"s": "seconds", "By": "bytes",
                                           "USD": "USD"}.get(unit, ""))
            keys = {k.replace(".", "_"): optional
                    for k, optional in attributes.items()}
            for sample in family.samples:
                mine = set(sample.labels) - {"le"}
                self.assertLessEqual(mine, set(keys), name)
                self.assertLessEqual({k for k, optional in keys.items()
                                      if not optional}, mine, name)

    def promtool_takes_it(self):
        text = self.expect(0, "metrics", "--format", "prometheus").out
        self.assertNotIn("trace_id", text)
        self.assertNotIn("# UNIT", text)
        result = subprocess.run(
            [find("prometheus", "promtool"), "check", "metrics"],
            input=text.encode(), stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        self.assertEqual((result.returncode, result.stdout), (0, b""))

    def test_a_format_that_is_not_known_is_an_error(self):
        self.small_sessions()
        self.assertIn("openmetrics or prometheus", self.expect(
            2, "metrics", "--format", "json").err)

    def test_no_store_is_an_error(self):
        self.assertIn("no store", self.expect(4, "metrics").err)

    def test_an_empty_store_is_a_document(self):
        write_all(self)
        self.expect(0, "run", "ok.json", "--quiet")
        self.expect(0, "rm", "last")
        metrics = self.metrics()
        self.assertEqual(metrics.samples("reprise_store_sessions"), [])
        self.assertTrue(metrics.text.endswith("# EOF\n"))

    def test_a_reader_that_goes_away_is_no_success(self):
        self.small_sessions()
        with open("/dev/full", "w", encoding="ascii") as full:
            self.assertEqual(self.run_it("metrics", stdout=full).status, 1)

    def test_a_damaged_store_is_an_error(self):
        self.small_sessions()
        db = sqlite3.connect(self.store.path)
        db.execute("DROP TABLE span")
        db.close()
        self.expect(4, "metrics")


class Environment(WithStore):
    def test_exemplars_can_be_switched_off(self):
        self.small_sessions()
        name = "OTEL_METRICS_EXEMPLAR_FILTER"
        self.assertTrue(self.metrics().exemplars())
        self.assertEqual(
            self.metrics(env={name: "always_off"}).exemplars(), [])
        result = self.expect(0, "metrics", env={name: "sometimes"})
        self.assertIn(name, result.err)
        self.assertTrue(Metrics(result.out).exemplars())

    def test_traces_that_are_not_sampled_are_no_exemplars(self):
        write_all(self)
        parent = {"TRACEPARENT":
                  "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}
        self.expect(0, "run", "ok.json", "--quiet", env=parent)
        self.assertEqual(self.metrics().exemplars(), [])
        self.assertTrue(self.metrics(env={
            "OTEL_METRICS_EXEMPLAR_FILTER": "always_on"}).exemplars())

    def test_the_resource_is_in_target_info(self):
        self.small_sessions()
        info, = self.metrics(env={
            "OTEL_SERVICE_NAME": "ward", "OTEL_RESOURCE_ATTRIBUTES":
            "deployment.environment.name=night"}).samples("target_info")
        self.assertEqual(info.labels["service_name"], "ward")
        self.assertEqual(info.labels["deployment_environment_name"], "night")


class Export(WithStore):
    def test_how_the_export_goes_is_told_by_destination(self):
        self.small_sessions()
        collector = Collector([
            Answer(503, headers={"retry-after": "0"}),
            Answer(200, json.dumps({"partialSuccess": {
                "rejectedSpans": "2"}}).encode())])
        self.addCleanup(collector.close)
        env = {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json", **PATIENT}
        began = time.time()
        self.expect(3, "export", "--pending", "--otlp", collector.url, env=env)
        ended = self.store.one("SELECT count(*) FROM v_span WHERE end_s")
        metrics = self.metrics()
        where = collector.url + "/v1/traces"
        self.assertEqual(
            {(s.labels["reprise_export_destination"],
              s.labels["reprise_export_result"]): s.value
             for s in metrics.samples("reprise_export_spans_total")},
            {(where, "delivered"): ended - 2, (where, "rejected"): 2})
        self.assertEqual(metrics.total("reprise_export_failures_total"), 1)
        self.assertEqual(metrics.total("reprise_export_pending"), 0)
        when = metrics.total("reprise_export_success_timestamp_seconds")
        self.assertTrue(began - 1 < when < time.time() + 1)
        self.expect(0, "run", "ok.json", "--quiet")
        metrics = self.metrics()
        self.assertEqual(
            metrics.total("reprise_export_pending"),
            self.store.one("SELECT count(*) FROM v_span WHERE end_s") - ended)

    def test_a_destination_that_is_down_is_told_while_it_is(self):
        self.small_sessions()
        collector = Collector(otherwise=Answer(503, headers={
            "retry-after": "0"}))
        self.addCleanup(collector.close)
        process = self.start("export", "--follow", "--otlp",
                             collector.url.replace("//", "//me:secret@") +
                             "/x", env={"OTEL_BSP_SCHEDULE_DELAY": "10"})
        failures = "reprise_export_failures_total"
        metrics = wait_until(lambda: self.failed(failures), "failures")
        sample, = metrics.samples(failures)
        self.assertEqual(sample.labels["reprise_export_destination"],
                         collector.url + "/x/v1/traces")
        self.assertNotIn("secret", metrics.text)
        self.assertEqual(
            metrics.samples("reprise_export_success_timestamp_seconds"), [])
        self.assertGreater(metrics.total("reprise_export_pending"), 3)
        process.terminate()
        process.communicate(timeout=TIMEOUT_S)

    def failed(self, name):
        metrics = self.metrics()
        return metrics if metrics.total(name) >= 3 else None

    def test_a_store_of_an_older_format_is_told_without(self):
        self.small_sessions()
        db = sqlite3.connect(self.store.path)
        db.execute("DROP TABLE export_state")
        db.execute("PRAGMA user_version = 5")
        db.close()
        self.check(self.metrics())


class Listening(WithStore):
    def test_who_asks_says_in_which_form(self):
        self.small_sessions()
        process, url = self.listen()
        self.assertRegex(url, r"^http://127\.0\.0\.1:\d+/metrics$")
        self.check(self.scrape(url))
        _, headers, text = self.ask(url)
        self.assertEqual(headers["Content-Type"],
                         "text/plain; version=0.0.4; charset=utf-8")
        self.assertNotIn("# EOF", text)
        self.assertEqual(self.ask(url + "?x=y")[0], 200)
        self.assertEqual(self.ask(url, "HEAD")[::2], (200, ""))
        status, headers, _ = self.ask(url, "POST")
        self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"))
        self.assertEqual(self.ask(url + "/more")[0], 404)
        self.assertIn("/metrics", self.ask(url[:-len("metrics")])[2])
        self.assertEqual(self.end(process), 0)

    def test_what_comes_is_counted_and_what_is_removed_stays_so(self):
        self.small_sessions()
        _, url = self.listen()
        name = "reprise_session_duration_seconds_count"
        self.assertEqual(self.scrape(url).total(name), 3)
        self.expect(0, "run", "ok.json", "--quiet")
        metrics = self.scrape(url)
        self.check(metrics)
        self.assertEqual(metrics.total(name), 4)
        self.expect(0, "rm", "last")
        metrics = self.scrape(url)
        self.assertEqual(metrics.total(name), 4)
        self.assertEqual(metrics.total("reprise_store_sessions"), 3)

    def test_many_ask_at_the_same_time(self):
        self.small_sessions()
        _, url = self.listen()
        with ThreadPoolExecutor(8) as pool:
            texts = set(pool.map(
                lambda _: re.sub(r"reprise_store_.*\n", "", self.ask(url)[2]),
                range(40)))
        self.assertEqual(len(texts), 1)

    def test_who_asks_badly_or_goes_away_harms_nobody(self):
        self.small_sessions()
        process, url = self.listen()
        place = "127.0.0.1", int(re.search(r":(\d+)/", url).group(1))
        get = b"GET /metrics HTTP/1.1\r\nHost: x\r\n"
        waiting = []
        for words in (b"\x00\xff\r\n\r\n", get, get + b"\r\n",
                      b"GET /" + b"x" * 100000 + b" HTTP/1.1\r\n\r\n",
                      b"POST /metrics HTTP/1.1\r\nHost: x\r\n"
                      b"Content-Length: 1000000\r\n\r\nabc",
                      (get + b"\r\n") * 50):
            one = socket.create_connection(place, timeout=TIMEOUT_S)
            waiting.append(one)  # and reads nothing
            other = socket.create_connection(place, timeout=TIMEOUT_S)
            for asking in (one, other):
                with contextlib.suppress(ConnectionError):  # hung up on
                    asking.sendall(words)
            other.close()
        self.check(self.scrape(url))
        for one in waiting:
            one.close()
        self.check(self.scrape(url))
        self.assertEqual(self.end(process), 0)

    def test_a_store_that_breaks_is_told_and_comes_back(self):
        self.small_sessions()
        _, url = self.listen()
        db = sqlite3.connect(self.store.path)
        db.execute("ALTER TABLE span RENAME COLUMN id TO gone")
        self.expect(0, "run", "ok.json", "--quiet", "--store", "other.db")
        db.execute("UPDATE session SET no = no + 10 WHERE no = 3")
        db.commit()
        status, _, text = self.ask(url)
        self.assertEqual(status, 500)
        self.assertIn("cannot read", text)
        db.execute("ALTER TABLE span RENAME COLUMN gone TO id")
        db.execute("UPDATE session SET no = 3 WHERE no = 13")
        db.commit()
        db.close()
        self.check(self.scrape(url))

    def test_a_place_that_is_taken_or_none_is_an_error(self):
        self.small_sessions()
        _, url = self.listen()
        port = re.search(r":(\d+)/", url).group(1)
        self.assertIn("Address already in use", self.expect(
            1, "metrics", "--listen", port).err)
        self.assertIn("is not [ADDR:]PORT", self.expect(
            2, "metrics", "--listen", "here").err)
        self.assertIn("not a numeric address", self.expect(
            2, "metrics", "--listen", "example.org:1").err)
        for other in (("--since", "1h"), ("--format", "prometheus")):
            self.assertIn("is of one document", self.expect(
                2, "metrics", "--listen", "0", *other).err)

    def test_nothing_is_loaded_that_is_not_needed(self):
        self.not_under_a_wrapper("its libraries")
        self.small_sessions()
        process, _ = self.listen()
        with open(f"/proc/{process.pid}/maps", encoding="utf-8") as maps:
            mapped = maps.read()
        self.assertIn("reprise-serve.so", mapped)
        self.assertNotIn("reprise-net.so", mapped)
        needed = subprocess.run(["ldd", BIN], capture_output=True, text=True)
        self.assertNotIn("microhttpd", needed.stdout)

    def test_a_real_prometheus_takes_them_with_exemplars(self):
        find("prometheus", "prometheus")
        self.small_sessions()
        _, url = self.listen()
        self.write("prometheus.yaml", json.dumps({
            "global": {"scrape_interval": "5s"},
            "scrape_configs": [{"job_name": "reprise", "static_configs": [
                {"targets": [url.split("/")[2]]}]}]}))
        peer = Prometheus(self, "prometheus.yaml", *free_ports(1))
        name = "reprise_session_duration_seconds"
        found = wait_until(lambda: peer.query(name + "_count"), "a scrape")
        # One that comes too late on a busy machine is none.
        wait_until(lambda: [r["value"][1] for r in peer.query("up")] == ["1"],
                   "a scrape that was in time")
        self.assertEqual(
            {r["metric"]["reprise_session_outcome"]: r["value"][1]
             for r in found}, {"ok": "1", "degraded": "1", "failed": "1"})
        known = set(self.store.rows("SELECT trace_id, span_id FROM v_span"))
        for of in (name + "_bucket", "reprise_attempt_failures_total"):
            now = time.time()
            found = wait_until(lambda: peer.ask(
                "query_exemplars", query=of, start=now - 3600, end=now + 60),
                "exemplars")
            for exemplar in (e for s in found for e in s["exemplars"]):
                self.assertIn((exemplar["labels"]["trace_id"],
                               exemplar["labels"]["span_id"]), known)
        entry, = wait_until(
            lambda: peer.ask("metadata", metric=name).get(name), "metadata")
        self.assertEqual((entry["type"], entry["unit"]),
                         ("histogram", "seconds"))


if __name__ == "__main__":
    main()
