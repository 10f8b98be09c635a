"""What tests of metrics share: the text that `reprise metrics` prints, read by
Prometheus' own reader for Python, and what the store says by SQL."""
import os
import re
import sqlite3
import sys
import unittest
from collections import Counter

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
DEBIAN = "/usr/lib/python3/dist-packages"  # another Python may run this


def reader():
    """The function of Prometheus' client, or the test is skipped."""
    if DEBIAN not in sys.path:
        sys.path.append(DEBIAN)
    try:
        from prometheus_client.openmetrics.parser import \
            text_string_to_metric_families
    except ImportError:
        raise unittest.SkipTest("python3-prometheus-client is not installed")
    return text_string_to_metric_families


LABELS = {"plan": "gen_ai_workflow_name", "agent": "gen_ai_agent_name",
          "outcome": "reprise_session_outcome", "reason": "reprise_reason",
          "status": "reprise_task_status", "error": "error_type",
          "result": "reprise_attempt_outcome", "fault": "reprise_fault_kind",
          "type": "gen_ai_token_type", "mode": "reprise_session_mode"}


class Metrics:
    """A document of OpenMetrics."""

    def __init__(self, text):
        self.text = text
        self.families = {f.name: f for f in reader()(text)}

    def samples(self, name):
        """Of all families, those called so."""
        return [s for f in self.families.values() for s in f.samples
                if s.name == name]

    def by(self, name, *labels):
        """Sums by attributes; those that are not there are ''."""
        sums = Counter()
        for sample in self.samples(name):
            key = tuple(sample.labels.get(LABELS[k], "") for k in labels)
            sums[key] += sample.value
        return {k: v for k, v in sums.items() if v}

    def total(self, name):
        return sum(s.value for s in self.samples(name))

    def exemplars(self):
        return [(f, s, s.exemplar) for f in self.families.values()
                for s in f.samples if s.exemplar]


def documented():
    """By its name in Prometheus, what docs/telemetry.md says of a metric:
    (name, instrument, unit, meaning, {attribute: whether it is optional})."""
    with open(os.path.join(ROOT, "docs", "telemetry.md"),
              encoding="utf-8") as file:
        rows = re.findall(r"^\| `([a-z_.]+)` \| `(\w+)` \| (\w+) \| `(.*?)` "
                          r"\| (.*) \| (.*) \|$", file.read(), re.M)
    return {prometheus: (name, kind, unit, meaning, {
        key: mark == "?" for key, mark in
        re.findall(r"`([a-z_.]+)`(\?)?", attributes)})
        for name, prometheus, kind, unit, meaning, attributes in rows}


class Store:
    """The views of a store."""

    def __init__(self, path):
        self.path = path

    def rows(self, sql):
        db = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def by(self, sql):
        """Each row is a key and, last, a number."""
        return {tuple(str("" if v is None else v) for v in row[:-1]): row[-1]
                for row in self.rows(sql) if row[-1]}

    def one(self, sql):
        return self.rows(sql)[0][0] or 0
