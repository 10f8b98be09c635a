#!/usr/bin/env python3
"""Sessions that die and are gone on with: what was accepted is not done again,
effects are had at most once where that matters, and the result is that of a
session nobody disturbed. REPRISE_RESUMES is how often, a third for each kind of
effects, REPRISE_KILL_SEED picks the moments."""
import contextlib
import json
import os
import random
import select
import signal
import sqlite3
import subprocess
import time

from cli_plans import WORKERS
from cli_support import (BIN, TIMEOUT_S, WRAPPER, Case, children, environment,
                         main)
from collector import Collector
from peers import PATIENT

RESUMES = int(os.environ.get("REPRISE_RESUMES", "9"))
SEED = int(os.environ.get("REPRISE_KILL_SEED", "1"))
TRIES = 20  # of so many sessions at least one is killed before its end
SOONER = 0.8  # than the one that was too late is the latest of the next ones
THOROUGH = 4  # one of so many is replayed and exported, too

# Tells in a file that it began, works a little, answers. The last one works as
# long as it is held.
WORKER = """#!/bin/sh
echo "$REPRISE_PATH" >>began.log
sleep 0.0$1
while [ "$1" = 8 ] && [ -e hold ]; do sleep 0.02; done
printf '{"n":%s}' "$1"
"""


class Resume(Case):
    def setUp(self):
        super().setUp()
        self.write("worker", WORKER, 0o755)
        self.write("join", WORKERS["total"], 0o755)

    def plan(self, effects, retry=None):
        agent = {"exec": ["./worker", "${{ input }}"], "timeout": "15m",
                 "effects": effects,
                 "retry": retry or {"attempts": 1}}
        self.write("plan.json", json.dumps({
            "reprise": 1, "name": "resumed", "concurrency": 3,
            "agents": {"w": agent, "join": {
                "exec": ["./join"], "effects": "none"}},
            "flow": {"sequence": [
                {"id": "all", "need": "any", "parallel": {
                    f"w{i}": {"agent": "w", "input": i}
                    for i in range(1, 9)}},
                {"id": "total", "agent": "join",
                 "input": {"from": "all"}}]}}))

    @staticmethod
    def end(pid):
        """Kills it; gives what can be read when it is gone."""
        with contextlib.suppress(ProcessLookupError):
            end = os.pidfd_open(pid)
            os.kill(pid, signal.SIGKILL)
            return end
        return None

    def kill_at_work(self):
        """While its last worker works."""
        self.write("hold", "")
        self.assertTrue(self.kill_when(lambda _: "all/w8@1" in self.began()))
        os.unlink(self.path("hold"))

    def kill_at(self, delay, both=False):
        return self.kill_when(lambda seconds: seconds >= delay, both)

    def kill_when(self, due, both=False):
        """Runs, kills the orchestrator, or the keeper and it at once, and
        gives whether the session died. It is due by the time since the first
        record, or else."""
        ours, theirs = os.pipe()
        process = subprocess.Popen(
            [*WRAPPER, BIN, "run", "plan.json", "--quiet", "--commit-fd",
             str(theirs)], cwd=self.dir, env=environment(),
            pass_fds=(theirs,), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs)
        self.assertTrue(os.read(ours, 1))
        os.close(ours)
        began = time.monotonic()
        orchestrator = children(process.pid)
        while not due(time.monotonic() - began) and process.poll() is None:
            select.select([], [], [], 0.001)
        if both:  # else a keeper that runs in between ends in its own way
            process.send_signal(signal.SIGSTOP)
        ends = [] if process.poll() is not None else [
            self.end(pid) for pid in orchestrator]
        if both:
            process.kill()
        process.wait(timeout=TIMEOUT_S)
        for end in filter(None, ends):  # its lease is free then
            self.assertTrue(select.select([end], [], [], TIMEOUT_S)[0])
            os.close(end)
        return self.of_store("SELECT outcome FROM session "
                             "ORDER BY no DESC LIMIT 1") == [(None,)]

    def of_store(self, query, *values):
        database = sqlite3.connect(
            f"file:{self.path('.reprise', 'store.db')}?mode=ro", uri=True)
        rows = database.execute(query, values).fetchall()
        database.close()
        return rows

    def accepted(self):
        """Attempts whose output was accepted, by the store."""
        bodies = self.of_store(
            "SELECT body FROM record "
            "WHERE no > (SELECT max(no) FROM session) << 24")
        return {d["path"] for (body,) in bodies
                if body.startswith("{\"at\"")
                for d in json.loads(body)["decisions"]
                if d["kind"] == "accepted"}

    def began(self):
        return self.words_of("began.log")

    def go_on(self, status=0, thorough=True):
        """Resumes; what was accepted before must not have begun again."""
        before = self.accepted()
        log = len(self.began())
        result = self.expect(status, "resume", "--quiet")
        again = {path.split("@")[0] for path in self.began()[log:]}
        done = {path.split("@")[0] for path in before}
        self.assertEqual(again & done, set())
        if thorough:
            self.assertIn("identical: ", self.expect(0, "replay").err)
            self.check_spans()
        return result

    def check_spans(self):
        """All ended; none ends before it starts or its parts do."""
        spans = [span for line in self.expect(0, "export").out.splitlines()
                 for resource in json.loads(line)["resourceSpans"]
                 for scope in resource["scopeSpans"]
                 for span in scope["spans"]]
        ends = {span["spanId"]: int(span["endTimeUnixNano"])
                for span in spans}
        for span in spans:
            self.assertLessEqual(int(span["startTimeUnixNano"]),
                                 ends[span["spanId"]], span)
            self.check_links(span, ends)
            if span.get("parentSpanId") in ends:
                self.assertLessEqual(ends[span["spanId"]],
                                     ends[span["parentSpanId"]], span)

    def check_links(self, span, ends):
        """Each leads to a span that is there; what resumes another begins
        after its end and is called the same."""
        for link in span.get("links", []):
            kind, = (a["value"]["stringValue"] for a in link["attributes"]
                     if a["key"] == "reprise.link.type")
            self.assertIn(link["spanId"], ends, kind)
            if kind == "resumes":
                self.assertLessEqual(ends[link["spanId"]],
                                     int(span["startTimeUnixNano"]))

    def spans(self):
        return [span for line in self.expect(0, "export").out.splitlines()
                for resource in json.loads(line)["resourceSpans"]
                for scope in resource["scopeSpans"]
                for span in scope["spans"]]

    def test_what_was_open_ends_as_recovered_and_new_spans_resume_it(self):
        self.plan("none")
        self.kill_at_work()
        self.expect(0, "resume", "--quiet")

        def has(span, key, value):
            return any(a["key"] == key and value in a["value"].values()
                       for a in span["attributes"])
        spans = self.spans()
        roots = [s for s in spans if "parentSpanId" not in s]
        self.assertEqual([s["name"] for s in roots],
                         ["invoke_workflow resumed"] * 2)
        self.assertTrue(has(roots[0], "reprise.recovered", True))
        self.assertFalse(has(roots[1], "reprise.recovered", True))
        self.assertTrue(has(roots[1], "reprise.session.incarnation", "2"))
        self.assertTrue(has(roots[1], "reprise.session.outcome", "ok"))
        self.assertEqual(roots[1]["links"][0]["spanId"], roots[0]["spanId"])
        lost = [s for s in spans if s["kind"] == 3
                and has(s, "reprise.recovered", True)]
        for span in lost:
            self.assertTrue(has(span, "error.type", "lost"), span)
            self.assertEqual(span["status"]["code"], 2)
        resumed = [s for s in spans if any(
            a["value"] == {"stringValue": "resumes"}
            for link in s.get("links", []) for a in link["attributes"])]
        recovered = [s for s in spans if s["kind"] == 1
                     and has(s, "reprise.recovered", True)]
        self.assertEqual(sorted(s["name"] for s in resumed),
                         sorted(s["name"] for s in recovered))
        self.assertEqual(len({s["spanId"] for s in spans}), len(spans))

    def test_its_export_is_imported_as_one_session_with_its_outcome(self):
        self.plan("none")
        self.kill_at_work()
        self.expect(0, "resume", "--quiet")
        self.write("own.jsonl", self.expect(0, "export").out)
        tree = self.expect(0, "show", "--spans").out
        self.expect(0, "import", "own.jsonl")
        rows = [json.loads(line) for line in
                self.expect(0, "ls", "--json").out.splitlines()]
        self.assertEqual(len(rows), 2)
        imported, = (r for r in rows if r["mode"] == "imported")
        self.assertEqual(imported["status"], "ok")
        shown = self.expect(0, "show", "--spans", imported["session"]).out
        self.assertEqual(shown.count("invoke_agent"),
                         tree.count("invoke_agent"))

    def pending(self, collector):
        """What --pending sends, and that nothing is left."""
        before = len(collector.taken)
        told = self.expect(0, "export", "--pending", "--otlp", collector.url,
                           env={"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
                                **PATIENT})
        self.assertNotIn(" left", told.err)
        return collector.taken[before:]

    def test_pending_ends_what_a_dead_session_left_once_and_sends_it(self):
        collector = Collector()
        self.addCleanup(collector.close)
        self.plan("external")
        self.kill_at_work()
        database = sqlite3.connect(self.path(".reprise", "store.db"))
        count, = database.execute("SELECT count(*) FROM span").fetchone()
        database.close()
        sent = self.pending(collector)
        self.assertEqual(len({s["spanId"] for s in sent}), count)
        self.assertEqual(sum("parentSpanId" not in s for s in sent), 1)
        self.assertEqual(self.pending(collector), [])
        first = {s["spanId"]: s for s in sent}
        self.run_it("resume", "--quiet")
        self.expect(0, "verify")
        again = self.pending(collector)
        self.assertEqual({s["spanId"] for s in collector.taken},
                         {s["spanId"] for s in self.spans()})
        for span in again:
            if span["spanId"] in first:
                self.assertEqual(span, first[span["spanId"]])
        for span in self.spans():
            if span["spanId"] in first:
                self.assertEqual(span, first[span["spanId"]])

    def test_pending_leaves_what_runs_alone(self):
        collector = Collector()
        self.addCleanup(collector.close)
        self.write("worker", "#!/bin/sh\necho >>began.log $$\nexec sleep 3600\n",
                   0o755)
        self.plan("none")
        process = self.start("run", "plan.json", "--quiet", "--commit-fd", "1")
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        self.assertTrue(process.stdout.readline())
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.pending(collector)
        self.assertEqual(collector.taken, [])

    def test_workers_are_told_the_spans_of_their_incarnation(self):
        self.write("worker", WORKER.replace(
            "echo ", "echo \"$TRACEPARENT\" >>parents.log; echo ", 1), 0o755)
        self.plan("none")
        self.kill_at_work()
        self.expect(0, "resume", "--quiet")
        told = {line.split("-")[2] for line in self.words_of("parents.log")}
        attempts = {s["spanId"] for s in self.spans() if s["kind"] == 3}
        self.assertLessEqual(told, attempts)

    def records(self):
        return self.expect(0, "show", "--json").json()["counts"]["records"]

    def test_a_crash_that_a_rule_asks_for_is_behind_that_record(self):
        for moment in ("before", "after"):
            self.plan("none")
            whole = self.expect(0, "run", "plan.json", "--quiet").out
            crashes = [f"orchestrator [{n}] : crash({moment})" for n in (2, 5)]
            os.unlink(self.path("began.log"))
            self.expect(137, "run", "plan.json", "--quiet", "--fault",
                        crashes[0], "--fault", crashes[1])
            self.assertEqual(self.records(), 2)
            self.expect(137, "resume", "--quiet")
            self.assertEqual(self.records(), 5)
            self.assertEqual(self.go_on().out, whole)
            os.unlink(self.path("began.log"))

    def test_behind_every_record_an_effect_is_had_at_most_once(self):
        self.plan("external")
        self.expect(0, "run", "plan.json", "--quiet")
        for record in range(1, self.records()):
            for moment in ("before", "after"):
                self.write("began.log", "")
                with self.subTest(f"{moment} of record {record}"):
                    self.expect(137, "run", "plan.json", "--quiet", "--fault",
                                f"orchestrator [{record}] : crash({moment})")
                    self.assertEqual(self.records(), record)
                    self.go_on_with_effects()

    def test_behind_every_record_the_result_is_the_undisturbed_one(self):
        for effects, odd in (("none", 0), ("idempotent", 1)):
            self.plan(effects)
            whole = self.expect(0, "run", "plan.json", "--quiet").out
            for record in range(1, self.records()):
                moment = ("before", "after")[(record + odd) % 2]
                self.write("began.log", "")
                with self.subTest(f"{effects}: {moment} of record {record}"):
                    self.expect(137, "run", "plan.json", "--quiet", "--fault",
                                f"orchestrator [{record}] : crash({moment})")
                    self.assertEqual(self.records(), record)
                    self.assertEqual(self.go_on(thorough=False).out, whole)

    def test_a_fault_in_a_replay_is_on_a_session_that_did_not_die(self):
        self.plan("none")
        self.expect(137, "run", "plan.json", "--quiet", "--fault",
                    "orchestrator [3] : crash")
        self.expect(0, "resume", "--quiet")
        for fault, status in (("hang", 3), ("hang.before_output", 3),
                              ("late.result(10s)", 0)):
            self.expect(status, "replay", "--quiet", "--fault",
                        f"all/w1 @1 : {fault}")
            again = self.run_it("replay", "--fault", f"all/w1 : {fault}")
            self.assertNotIn("completed already", again.err)

    def test_a_crash_behind_a_record_that_never_comes_is_told(self):
        self.plan("none")
        told = self.expect(1, "run", "plan.json", "--quiet", "--fault",
                           "orchestrator [999] : crash").err
        self.assertIn("never fired", told)

    def test_a_replay_dies_and_goes_on_as_a_run_does(self):
        self.plan("external")
        self.expect(0, "run", "plan.json", "--quiet")
        replayed = self.expect(3, "replay", "--record", "--fault",
                               "orchestrator [1] : crash")
        self.assertIn("lost", replayed.err)
        self.expect(0, "verify")
        self.expect(0, "run", "plan.json", "--quiet")
        told = self.expect(1, "replay", "--fault",
                           "orchestrator [999] : crash").err
        self.assertIn("touched nothing", told)

    def moments(self, effects, count):
        """Sessions that died, `count` of them, at moments between the first
        record and the end of a session that nobody disturbs, on a machine that
        is as busy; what that one gives is `self.whole`."""
        rng = random.Random(f"{SEED} {effects}")
        self.plan(effects)
        began = time.monotonic()
        self.whole = self.expect(0, "run", "plan.json", "--quiet").out
        latest = time.monotonic() - began
        died = 0
        for _ in range(TRIES * count):
            delay = rng.uniform(0, latest)
            both = rng.random() < 0.5
            if os.path.exists(self.path("began.log")):
                os.unlink(self.path("began.log"))
            if self.kill_at(delay, both):
                died += 1
                who = "keeper and orchestrator" if both else "orchestrator"
                yield died, f"{who} after {delay:.3f} s (seed {SEED})"
            else:
                latest = max(delay, SOONER * latest)
            if died == count:
                return
        self.fail(f"only {died} of {TRIES * count} died")

    def test_work_without_effects_runs_again_to_the_same_result(self):
        for effects in ("none", "idempotent"):
            for nth, moment in self.moments(effects, RESUMES // 3):
                with self.subTest(effects + ": " + moment):
                    result = self.go_on(thorough=nth % THOROUGH == 1)
                    self.assertEqual(result.out, self.whole)

    def test_an_effect_is_had_at_most_once_and_its_loss_is_said(self):
        for _, moment in self.moments(
                "external", RESUMES - 2 * (RESUMES // 3)):
            with self.subTest(moment):
                self.go_on_with_effects()

    def go_on_with_effects(self):
        before = self.began()
        done = self.accepted()
        result = self.run_it("resume", "--envelope", "--quiet")
        began = [path for path in self.began() if path != "total@1"]
        self.assertEqual(len(began), len(set(began)), began)
        envelope = result.json()
        lost = {m["path"] for m in envelope["missing"]
                if m["status"] == "lost"}
        interrupted = {path.split("@")[0] for path in before} - {
            path.split("@")[0] for path in done}
        self.assertLessEqual(interrupted - {"total"}, lost)
        self.assertEqual(result.status, 3 if lost else 0, result.err)

    def test_a_plan_that_retries_what_is_lost_runs_it_again(self):
        self.plan("external", {"attempts": 2, "on": ["lost"],
                               "backoff": "1ms..1ms"})
        self.kill_at_work()
        self.assertEqual(self.go_on().json(), {"total": 36})

    def test_it_can_die_again(self):
        self.plan("none")
        self.kill_at_work()
        process = self.start("resume", "--quiet")
        while not children(process.pid) and process.poll() is None:
            select.select([], [], [], 0.002)
        for pid in children(process.pid):
            self.end(pid)
        process.communicate(timeout=TIMEOUT_S)
        if self.expect(0, "show", "--json").json()["status"] == "died":
            self.assertEqual(self.go_on().json(), {"total": 36})
        shown = self.expect(0, "show").out
        self.assertIn("OK", shown)

    def test_what_ended_is_refused(self):
        self.plan("none")
        self.expect(0, "run", "plan.json", "--quiet")
        self.assertIn("has ended", self.expect(2, "resume").err)

    def test_what_runs_is_refused(self):
        self.plan("none")
        self.write("worker", "#!/bin/sh\nexec sleep 3600\n", 0o755)
        session = self.expect(0, "run", "plan.json", "--detach").out.strip()
        self.addCleanup(self.run_it, "cancel", session)
        self.assertIn("runs", self.expect(2, "resume").err)

    def test_what_was_altered_is_refused(self):
        self.leaves_what_does_not_verify()
        self.plan("none")
        self.kill_at_work()
        with sqlite3.connect(self.path(".reprise", "store.db")) as database:
            database.execute("UPDATE record SET body = replace(body,"
                             " 'gather', 'gathes'), at_ns = at_ns + 1"
                             " WHERE no & 16777215 = 1")
            database.execute("UPDATE record SET digest = zeroblob(32)"
                             " WHERE no & 16777215 = 1")
        database.close()
        err = self.expect(1, "resume").err
        self.assertIn("does not verify (damaged)", err)

    def test_the_second_of_two_is_refused(self):
        self.plan("none")
        self.kill_at_work()
        both = [self.start("resume", "--quiet") for _ in range(2)]
        results = []
        for process in both:
            out, err = process.communicate(timeout=TIMEOUT_S)
            results.append((process.returncode, out, err))
        self.assertIn(0, [status for status, _, _ in results])
        self.expect(0, "verify")
        began = [path for path in self.began() if path.startswith("total")]
        self.assertEqual(len(began), 1)


if __name__ == "__main__":
    main()
