#!/usr/bin/env python3
"""Sending spans: nothing a collector does, or does not do, changes a session
or loses a span."""
import json
import os
import signal
import sqlite3
import threading
import time
import urllib.request
from email.utils import formatdate
from subprocess import DEVNULL

from cli_plans import agent, plan, write_all
from cli_support import Case, main
from collector import OK, Answer, Collector, official
from peers import PATIENT

DEADLINE_S = 600
# What is given to what is left, where nobody will take it.
HASTY = {"OTEL_BSP_EXPORT_TIMEOUT": "2000"}
# Enough for all that has to happen before.
ENOUGH = {"OTEL_BSP_EXPORT_TIMEOUT": "15000"}


class Otlp(Case):
    def setUp(self):
        super().setUp()
        write_all(self)
        self.env = {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
                    "OTEL_BSP_SCHEDULE_DELAY": "50", **PATIENT}

    def collector(self, *answers, otherwise=OK):
        collector = Collector(answers, otherwise)
        self.addCleanup(collector.close)
        return collector

    def run_plan(self, collector, name="ok.json", status=0, **env):
        return self.expect(status, "run", name, "--quiet", "--otlp",
                           collector.url, env={**self.env, **env})

    def pending(self, status, collector, **env):
        return self.expect(status, "export", "--pending", "--otlp",
                           collector.url, env={**self.env, **env})

    def stored(self):
        """The ids of all ended spans."""
        db = sqlite3.connect(self.path(".reprise", "store.db"))
        rows = db.execute("SELECT lower(hex(id)) FROM span WHERE end_seq > 0 "
                          "ORDER BY no >> 20, end_seq, no").fetchall()
        db.close()
        return [row[0] for row in rows]

    def ids(self, collector):
        return [span["spanId"] for span in collector.taken]

    def all_arrived(self, collector):
        self.assertEqual(sorted(set(self.ids(collector))),
                         sorted(self.stored()))

    def cursors(self):
        db = sqlite3.connect(self.path(".reprise", "store.db"))
        rows = db.execute("SELECT session, seq FROM export_cursor").fetchall()
        db.close()
        return rows


class Beside(Otlp):
    """What a session sends while it runs."""

    def test_every_span_arrives_once_and_in_record_order(self):
        collector = self.collector()
        self.run_plan(collector)
        self.assertEqual(self.ids(collector), self.stored())
        self.assertEqual(collector.requests[0][0], "/v1/traces")
        self.assertEqual(self.cursors(), [(0, 1)])

    def test_the_environment_alone_switches_it_on(self):
        collector = self.collector()
        self.expect(0, "run", "ok.json", "--quiet", env={
            **self.env, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url + "/x",
            "OTEL_EXPORTER_OTLP_HEADERS": "a=1,b=two%20words",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
            "OTEL_SERVICE_NAME": "clinic",
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test"})
        path, headers, document = collector.requests[0]
        self.assertEqual(path, "/x/v1/traces")
        self.assertEqual((headers["a"], headers["b"]), ("1", "two words"))
        resource = {a["key"]: a["value"]["stringValue"] for a in
                    document["resourceSpans"][0]["resource"]["attributes"]}
        self.assertEqual(resource["service.name"], "clinic")
        self.assertEqual(resource["deployment.environment.name"], "test")
        self.all_arrived(collector)

    def test_switched_off_is_off(self):
        collector = self.collector()
        for name, value in (("OTEL_SDK_DISABLED", "true"),
                            ("OTEL_TRACES_EXPORTER", "none")):
            self.expect(0, "run", "ok.json", "--quiet", env={
                **self.env, name: value,
                "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})
        self.expect(0, "run", "ok.json", "--quiet", env=self.env)
        self.assertEqual(collector.requests, [])

    def test_spans_come_while_the_session_runs(self):
        collector = self.collector()
        process = self.start("run", "slow.json", "--quiet", "--otlp",
                             collector.url, env=self.env)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertTrue(collector.wait_for_requests(1))
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=DEADLINE_S)
        self.all_arrived(collector)

    def test_a_dead_destination_delays_no_other(self):
        good, bad = self.collector(), self.collector(
            otherwise=Answer(action="hang"))
        result = self.expect(0, "run", "ok.json", "--quiet", "--otlp",
                             bad.url, "--otlp", good.url,
                             env={**self.env, **ENOUGH})
        self.all_arrived(good)
        self.assertIn(bad.url, result.err)
        self.assertNotIn(good.url, result.err)
        self.assertIn("reprise export --pending", result.err)


class Decoded(Otlp):
    """Collectors of all these tests have what came read by others."""

    def setUp(self):
        super().setUp()
        if official() is None:
            self.skipTest("no OpenTelemetry for Python (scripts/peers python):"
                          " requests are not read by its classes")

    def test_the_classes_of_opentelemetry_accept_every_request(self):
        for protocol in ("http/json", "http/protobuf"):
            for compression in ("none", "gzip"):
                collector = self.collector(Answer(503))
                before = len(self.stored()) if protocol != "http/json" or \
                    compression != "none" else 0
                self.run_plan(collector, "degraded.json", 3,
                              OTEL_EXPORTER_OTLP_PROTOCOL=protocol,
                              OTEL_EXPORTER_OTLP_COMPRESSION=compression)
                self.assertEqual(self.ids(collector), self.stored()[before:])
                self.assertGreater(collector.accepted, 1)
                self.assertEqual(collector.accepted, len(collector.requests))

    def test_what_they_do_not_accept_fails_the_test_that_sent_it(self):
        good = b"\x0a\x00"
        for kind, body, why in (
                ("application/x-protobuf", good + b"\x12\x00", "no field 2"),
                ("application/x-protobuf", b"\x0a\x05\x0a", "DecodeError"),
                ("application/json", b'{"resourceSpan":[]}', "resourceSpan"),
                ("application/json", b'{"resourceSpans":[{"scopeSpans":'
                 b'[{"spans":[{"traceId":"zz"}]}]}]}', "hex"),
                ("text/plain", good, "content type")):
            collector = Collector()
            request = urllib.request.Request(
                collector.url + "/v1/traces", data=body,
                headers={"content-type": kind})
            urllib.request.urlopen(request, timeout=DEADLINE_S).close()
            with self.assertRaisesRegex(AssertionError, why):
                collector.close()


class Trouble(Otlp):
    """The result is the same, and afterwards every span is there."""

    def goes_wrong(self, collector, left=True, limit=HASTY):
        plain = self.expect(0, "run", "ok.json", "--quiet").out
        result = self.run_plan(collector, **limit)
        self.assertEqual(result.out, plain)
        if left:
            self.assertRegex(result.err, r"[1-9]\d* left; ")
        return result

    def recovers(self, collector):
        collector.answers = []
        collector.otherwise = OK
        collector.released.set()
        result = self.pending(0, collector)
        self.assertNotIn("left", result.err)
        db = sqlite3.connect(self.path(".reprise", "store.db"))
        want = {row[0] for row in db.execute(
            "SELECT lower(hex(id)) FROM span WHERE no >> 20 = 2")}
        db.close()
        self.assertEqual(set(self.ids(collector)), want)

    def test_nobody_listens(self):
        collector = self.collector()
        collector.server.shutdown()
        collector.server.server_close()
        port = collector.server.server_port
        result = self.goes_wrong(collector)
        self.assertIn("no answer", result.err)
        self.assertRegex(self.pending(1, collector,
                                      OTEL_BSP_EXPORT_TIMEOUT="300").err,
                         rf"{port}/v1/traces: 0 spans delivered, \d+ left")
        again = self.collector()
        self.assertRegex(self.pending(0, again).err, r": \d+ spans delivered")
        self.all_arrived(again)

    def test_it_hangs(self):
        collector = self.collector(otherwise=Answer(action="hang"))
        self.goes_wrong(collector)
        self.recovers(collector)

    def test_it_closes_the_connection(self):
        collector = self.collector(otherwise=Answer(action="close"))
        self.goes_wrong(collector)
        self.recovers(collector)

    def test_its_answer_breaks_off(self):
        collector = self.collector(
            otherwise=Answer(action="cut", take=True))
        self.goes_wrong(collector)
        self.recovers(collector)

    def test_it_answers_garbage(self):
        collector = self.collector(otherwise=Answer(action="garbage"))
        self.goes_wrong(collector)
        self.recovers(collector)

    def test_503_for_long(self):
        collector = self.collector(
            otherwise=Answer(503, headers={"retry-after": "3600"}))
        result = self.goes_wrong(collector, limit=ENOUGH)
        self.assertIn("HTTP status 503", result.err)
        self.recovers(collector)

    def test_503_and_a_while_as_seconds_and_as_a_date(self):
        for after in ("0", formatdate(time.time() - 60, usegmt=True)):
            collector = self.collector(
                Answer(503, headers={"retry-after": after}))
            self.run_plan(collector)
            self.assertGreaterEqual(len(collector.requests), 2)
            self.assertEqual(collector.requests[0][2],
                             collector.requests[1][2])

    def test_400_is_not_tried_again_and_counted(self):
        collector = self.collector(otherwise=Answer(
            400, b'{"code":3,"message":"no such tenant"}',
            {"content-type": "application/json"}))
        result = self.goes_wrong(collector, left=False, limit=PATIENT)
        self.assertRegex(result.err, r": 0 spans delivered, \d+ refused; "
                         r"HTTP status 400: no such tenant")
        count = len(collector.requests)
        self.pending(0, collector)
        self.assertEqual(len(collector.requests), count)

    def test_413_goes_in_halves(self):
        class Small(Collector):
            def handle(self, handler):
                self.otherwise = OK
                super().handle(handler)

            def answer(self, handler, answer):
                if len(spans_of_last(self)) > 2:
                    for _ in spans_of_last(self):
                        self.taken.pop()
                    answer = Answer(413)
                super().answer(handler, answer)
        collector = Small()
        self.addCleanup(collector.close)
        self.run_plan(collector)
        self.all_arrived(collector)

    def test_partial_success_is_told_and_never_sent_again(self):
        body = {"partialSuccess": {"rejectedSpans": "1",
                                   "errorMessage": "too long"}}
        collector = self.collector(Answer(200, json.dumps(body).encode()))
        result = self.run_plan(collector)
        self.assertIn("1 refused; some spans were not taken: too long",
                      result.err)
        self.assertIn("0 spans delivered", self.pending(0, collector).err)

    def test_a_warning_alone_is_no_trouble(self):
        body = {"partialSuccess": {"errorMessage": "old version"}}
        collector = self.collector(otherwise=Answer(
            200, json.dumps(body).encode()))
        self.assertEqual(self.run_plan(collector).err, "")
        self.all_arrived(collector)


def spans_of_last(collector):
    return [span for resource in collector.requests[-1][2]["resourceSpans"]
            for scope in resource["scopeSpans"] for span in scope["spans"]]


class Later(Otlp):
    """The store is the queue."""

    def test_a_new_destination_of_pending_gets_the_whole_store(self):
        self.expect(0, "run", "ok.json", "--quiet")
        self.expect(1, "run", "failed.json", "--quiet")
        collector = self.collector()
        self.pending(0, collector)
        self.assertEqual(self.ids(collector), self.stored())
        self.assertEqual(self.cursors(), [(0, 2)])

    def test_a_new_destination_of_run_gets_what_begins_there(self):
        self.expect(0, "run", "ok.json", "--quiet")
        before = set(self.stored())
        collector = self.collector()
        self.run_plan(collector)
        self.assertEqual(set(self.ids(collector)),
                         set(self.stored()) - before)

    def test_the_next_run_delivers_what_is_left(self):
        collector = self.collector(otherwise=Answer(503))
        self.run_plan(collector, **HASTY)
        collector.otherwise = OK
        self.run_plan(collector)
        self.assertEqual(self.ids(collector), self.stored())

    def test_replays_send_nothing(self):
        self.expect(0, "run", "ok.json", "--quiet")
        self.expect(0, "replay", "--record")
        collector = self.collector()
        self.pending(0, collector)
        ids = {span["traceId"] for span in collector.taken}
        self.assertEqual(len(ids), 1)

    def test_one_session_is_sent_on_demand_and_moves_no_cursor(self):
        self.expect(0, "run", "ok.json", "--quiet")
        collector = self.collector()
        for _ in range(2):
            result = self.expect(0, "export", "--otlp", collector.url,
                                 env=self.env)
            self.assertIn("6 spans delivered", result.err)
        self.assertEqual(self.ids(collector), self.stored() * 2)
        self.assertEqual(self.cursors(), [])

    def test_a_sender_that_is_killed_loses_nothing(self):
        for _ in range(4):
            self.expect(0, "run", "ok.json", "--quiet")
        for kill_at in range(1, 5):
            collector = self.collector()
            collector.answers = [OK] * (kill_at - 1) + [Answer(
                action="hang", take=True)]
            process = self.start("export", "--pending", "--otlp",
                                 collector.url, env=self.env)
            self.assertTrue(collector.wait_for_requests(kill_at))
            for pid in child_pids(process.pid):
                os.kill(pid, signal.SIGKILL)
            out, err = process.communicate(timeout=DEADLINE_S)
            self.assertEqual(process.returncode, 1, err)
            self.assertIn(b"died", err)
            collector.released.set()
            self.pending(0, collector)
            self.all_arrived(collector)

    def test_follow_sends_what_comes_until_it_is_interrupted(self):
        self.expect(0, "run", "ok.json", "--quiet")
        collector = self.collector()
        process = self.start("export", "--follow", "--otlp", collector.url,
                             env=self.env)
        self.addCleanup(process.kill)
        self.assertTrue(collector.wait_for_requests(1))
        self.expect(0, "run", "ok.json", "--quiet")
        self.assertTrue(collector.wait_for_requests(2))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=DEADLINE_S)
        self.assertEqual(process.returncode, 0, err)
        self.assertIn(b"12 spans delivered", err)
        self.assertEqual(self.ids(collector), self.stored())

    def follow(self, collector):
        process = self.start("export", "--follow", "--otlp", collector.url,
                             env=self.env)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def killed_run(self, **more):
        """A session whose orchestrator is gone; it waits for a file."""
        self.write("wait", "#!/bin/sh\ncat >/dev/null\n"
                   "while [ ! -e go ]; do sleep 0.05; done\necho '{}'\n",
                   0o755)
        self.write("wait.json", plan({"labs": agent("good"),
                                      "notes": agent("wait", **more)}))
        process = self.start("run", "wait.json", "--quiet", stdout=DEVNULL,
                             stderr=DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.until(lambda: "wait" in self.names_open() and
                   "good" not in self.names_open(), "it to wait alone")
        for pid in child_pids(process.pid):
            os.kill(pid, signal.SIGKILL)
        process.wait(timeout=DEADLINE_S)

    def until(self, question, what):
        deadline = time.monotonic() + DEADLINE_S
        while not question():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.02)

    def names_open(self):
        """Of executables of attempts that have not ended."""
        path = self.path(".reprise", "store.db")
        if not os.path.exists(path):
            return []
        db = sqlite3.connect(path)
        try:
            return [row[0] for row in db.execute(
                "SELECT substr(attributes, instr(attributes, "
                "'executable.name') + 18, 4) FROM span "
                "WHERE role = 3 AND end_ns IS NULL")]
        except sqlite3.OperationalError:
            return []  # it is being made
        finally:
            db.close()

    def recovered(self, collector):
        return [span for span in list(collector.taken) if any(
            a["key"] == "reprise.recovered" for a in span["attributes"])]

    def interrupt(self, follower):
        follower.send_signal(signal.SIGINT)
        _, err = follower.communicate(timeout=DEADLINE_S)
        self.assertEqual(follower.returncode, 0, err)

    def test_follow_ends_what_a_session_left_open_that_was_killed(self):
        running = self.start("run", "slow.json", "--quiet", stdout=DEVNULL,
                             stderr=DEVNULL)
        self.addCleanup(running.wait)
        self.addCleanup(running.kill)
        self.until(lambda: self.words_of("pids"), "a session that goes on")
        collectors = [self.collector(), self.collector()]
        followers = [self.follow(one) for one in collectors]
        self.killed_run()
        for one in collectors:
            self.until(lambda c=one: len(self.recovered(c)) >= 4, "its spans")
        for follower in followers:
            self.interrupt(follower)
        self.assertEqual(self.names_open(), ["slow"])
        self.expect(0, "export", "--pending", "--otlp", collectors[0].url,
                    env=self.env)
        for one in collectors:
            self.assertEqual({span["name"] for span in self.recovered(one)},
                             {"invoke_workflow clinic", "gather",
                              "invoke_agent notes", "notes"})
            self.assertEqual(sorted(self.ids(one)), sorted(self.stored()))

    def test_a_session_that_is_resumed_while_it_is_sent_is_sent_whole(self):
        """Its spans end by the record that they were ended before."""
        class Slow(Collector):
            held, resumed = threading.Event(), threading.Event()

            def answer(self, handler, answer):
                if b"reprise.recovered" in json.dumps(
                        self.requests[-1][2]).encode():
                    self.held.set()
                    self.resumed.wait(DEADLINE_S)
                super().answer(handler, answer)
        collector = Slow()
        self.addCleanup(collector.close)
        self.killed_run(effects="external")
        follower = self.follow(collector)
        self.assertTrue(collector.held.wait(DEADLINE_S))
        self.expect(1, "resume", "--quiet")  # nobody holds its lease
        collector.resumed.set()
        self.until(lambda: self.cursors() == [(0, 1)], "all of it")
        self.interrupt(follower)
        self.all_arrived(collector)

    def test_many_spans_go_in_batches(self):
        agents = {f"a{i}": agent("good") for i in range(30)}
        self.write("wide.json", plan(agents, concurrency=8))
        self.expect(0, "run", "wide.json", "--quiet")
        collector = self.collector()
        self.pending(0, collector, OTEL_BSP_MAX_EXPORT_BATCH_SIZE="7")
        self.assertEqual(self.ids(collector), self.stored())
        self.assertTrue(all(
            len(spans_in(request[2])) <= 7 for request in collector.requests))

    def test_batches_stay_in_order_whatever_one_of_them_meets(self):
        class Moody(Collector):
            def answer(self, handler, answer):
                if len(spans_of_last(self)) > 4:
                    answer = Answer(413)
                elif len(self.requests) % 5 == 2:
                    answer = Answer(503, headers={"Retry-After": "0"})
                if answer.status != 200:
                    for _ in spans_of_last(self):
                        self.taken.pop()
                super().answer(handler, answer)
        agents = {f"a{i}": agent("good") for i in range(12)}
        self.write("wide.json", plan(agents, concurrency=4))
        self.expect(0, "run", "wide.json", "--quiet")
        collector = Moody()
        self.addCleanup(collector.close)
        self.pending(0, collector, OTEL_BSP_MAX_EXPORT_BATCH_SIZE="5")
        self.assertEqual(self.ids(collector), self.stored())
        self.assertEqual(self.cursors(), [(0, 1)])

    def test_what_is_wrong_on_the_command_line(self):
        self.expect(0, "run", "ok.json", "--quiet")
        self.expect(2, "export", "--otlp", "ftp://x")
        self.expect(2, "export", "--pending", "last")
        self.expect(2, "export", "--pending", "-o", "x")
        self.expect(2, "export", "--follow", "--format", "otlp-json")
        self.expect(2, "export", "--pending", env={"OTEL_SDK_DISABLED": "1x",
                    "OTEL_TRACES_EXPORTER": "none"})
        self.expect(2, "run", "ok.json", "--otlp", "localhost:4318")


def spans_in(document):
    return [span for resource in document["resourceSpans"]
            for scope in resource["scopeSpans"] for span in scope["spans"]]


def child_pids(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


if __name__ == "__main__":
    main()
