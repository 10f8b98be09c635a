"""Recorded sessions for the tests of dashboards: the clinical example when all
goes well, and with everything that can be seen in a dashboard."""
import concurrent.futures
import json
import os
import shutil
import signal
import sqlite3
import subprocess

import peers
from cli_support import TIMEOUT_S, Case, children
from clinical_support import make_patient

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
CLINICAL = os.path.join(ROOT, "examples", "clinical")
DASHBOARDS = os.path.join(ROOT, "dashboards")

# Says what a model used, as a worker does who has asked one.
MODEL = """#!/usr/bin/env python3
import json, os, sys
task = json.load(sys.stdin)
os.write(3, (json.dumps({"type": "usage", "model": "small-2",
    "input_tokens": 1200, "output_tokens": 210,
    "cost_micro_usd": 1500}) + "\\n").encode())
print(json.dumps({"urgency": "soon"}))
"""
TRIAGE = {
    "reprise": 1, "name": "clinical-triage",
    "agents": {
        "model": {"exec": ["./model"], "effects": "none", "timeout": "600s",
                  "retry": {"attempts": 2, "backoff": "1ms"}},
        "second": {"exec": ["./model"], "effects": "none", "timeout": "600s",
                   "retry": {"attempts": 1},
                   "fallback": {"value": {"urgency": "unknown"}}}},
    "flow": {"id": "ask", "need": 1, "parallel": {
        "model": {"agent": "model"}, "second": {"agent": "second"}}}}


class Sessions(Case):
    """In the folder of a test, all in one store."""

    def setUp(self):
        super().setUp()
        self.not_under_a_wrapper("it is killed")
        shutil.copytree(CLINICAL, self.path("clinical"),
                        ignore=shutil.ignore_patterns("clinical.db*",
                                                      "__pycache__"))
        subprocess.run([self.path("clinical", "build-db")], check=True,
                       stdout=subprocess.DEVNULL)
        make_patient(self.path("clinical"), ("labs", "vitals"))
        self.write("model", MODEL, 0o755)
        self.write("triage.json", json.dumps(TRIAGE))

    def clinical(self, status, *rest, plan="clinical/plan.json"):
        return self.expect(status, "run", plan, "--quiet", *rest)

    def with_a_fault(self, status, *rules, **options):
        return self.clinical(status, *(word for rule in rules
                                       for word in ("--fault", rule)),
                             **options)

    def record_good_ones(self):
        self.clinical(0)
        self.clinical(0, "--input", '{"encounter":"E-1002"}')
        self.clinical(0, plan="triage.json")

    def record_failures(self):
        """One of everything that the dashboards and searches speak of."""
        cases = (
            ("hurried", 3, "labs : hang"),
            ("hurried", 3, "labs : hang.ignore_term"),
            ("plan", 0, "labs @1 : kill"),
            ("plan", 0, "meds : slow.fixed(100ms)"),
            ("plan", 3, "notes : out.truncate(cut=60%)"),
            ("hurried", 3, "vitals : hang.heartbeat_only"),
            ("plan", 3, "notes : out.missing(/findings)"),
            ("plan", 1, "labs : kill", "meds : kill", "notes : kill"))
        # They wait most of the time.
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda case: self.with_a_fault(
                *case[1:], plan=f"clinical/{case[0]}.json"), cases))
        self.clinical(1, "--input", '{"encounter":"E-9999"}')
        self.with_a_fault(3, "second : kill", plan="triage.json")
        self.interrupt(signal.SIGINT)
        self.interrupt(signal.SIGKILL)
        self.expect(0, "replay", "--record", "--quiet", self.first())

    def interrupt(self, number):
        """A session that is ended while a worker hangs."""
        before = self.count("attempt")
        process = self.start("run", "clinical/plan.json", "--quiet",
                             "--fault", "labs : hang")
        peers.wait_until(lambda: self.count("attempt") >= before + 4,
                         "the workers")
        victims = children(process.pid) if number == signal.SIGKILL else [
            process.pid]
        for pid in victims:
            os.kill(pid, number)
        process.communicate(timeout=TIMEOUT_S)

    def deliver(self, jaeger):
        """All that waits, and until it is there."""
        self.expect(0, "export", "--pending", "--otlp",
                    f"http://127.0.0.1:{jaeger.http}", env=peers.PATIENT)

    def count(self, kind):
        rows = self.sql("SELECT count(*) FROM v_span WHERE role = ?", kind)
        return rows[0][0]

    def first(self):
        return self.sql("SELECT id FROM v_session ORDER BY no LIMIT 1")[0][0]

    def sql(self, text, *values):
        store = self.path(".reprise", "store.db")
        if not os.path.exists(store):
            return [(0,)]
        base = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
        try:
            return base.execute(text, values).fetchall()
        finally:
            base.close()
