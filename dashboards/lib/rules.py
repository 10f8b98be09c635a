"""Rules of Prometheus, as YAML: texts are written as JSON has them, which YAML
reads."""
import json
import re
import tomllib

from promql import Language

HEAD = """\
# Made by dashboards/generate.py of dashboards/source/rules.toml.
# Counts are of windows that begin anew at the first look at a store: see
# dashboards/lib/promql.py.
groups:
"""
MANAGED_HEAD = """\
# Made by dashboards/generate.py of dashboards/source/rules.toml; JSON is YAML.
# The alerts of prometheus/reprise.rules.yml, for Grafana to evaluate. Take this
# file out where Prometheus' own alerts are enough.
"""


def text(value):
    return json.dumps(value, ensure_ascii=False)


class Rules:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.source = tomllib.load(file)
        self.language = Language()

    def expression(self, rule):
        """Of what is recorded, or of an alert with its limit."""
        if "expr" in rule:
            return self.language.checked(rule["expr"])
        query = {"zero": False, **rule["query"]}
        window = query.get("window")
        found = self.language.compile(query, window, [], True)
        if "above" in rule:
            found += f" > {rule['above']}"
        if "enough" in rule:
            every = {"count": query.get("of", query["share"]),
                     "by": query["by"], "zero": False}
            count = self.language.compile(every, window, [], True)
            found += f" and {count} >= {rule['enough']}"
        return found

    def told(self, rule, value):
        """Annotations; the two programs find the value in two places."""
        board = f"{self.source['grafana']}/d/{rule['dashboard']}"
        return [(name, words.replace("VALUE", value)) for name, words in (
            ("summary", rule["summary"]),
            ("description", rule["description"]), ("dashboard", board))]

    def document(self):
        lines = [HEAD + "  - name: reprise-recorded", "    rules:"]
        for rule in self.source["record"]:
            lines += [f"      - record: {rule['name']}",
                      f"        expr: {text(self.expression(rule))}"]
        lines += ["  - name: reprise-alerts", "    rules:"]
        for rule in self.source["alert"]:
            lines += [f"      - alert: {rule['name']}",
                      f"        expr: {text(self.expression(rule))}"]
            if "for" in rule:
                lines.append(f"        for: {rule['for']}")
            lines += ["        labels:",
                      f"          severity: {rule['severity']}",
                      "        annotations:"]
            lines += [f"          {name}: {text(words)}"
                      for name, words in self.told(rule, ".Value")]
        return "\n".join(lines) + "\n"

    def managed(self):
        """The alerts for Grafana's own alerting, which evaluates them itself.
        A query that finds nothing is a situation in which all is well."""
        return MANAGED_HEAD + json.dumps({
            "apiVersion": 1, "groups": [{
                "orgId": 1, "name": "reprise", "folder": "reprise",
                "interval": "1m", "rules": [
                    self.managed_rule(rule)
                    for rule in self.source["alert"]]}]},
            indent=2, ensure_ascii=False) + "\n"

    def managed_rule(self, rule):
        span = {"from": 600, "to": 0}
        return {
            "uid": re.sub("(?<=.)(?=[A-Z])", "-", rule["name"]).lower(),
            "title": rule["name"], "condition": "B",
            "for": rule.get("for", "0s"), "noDataState": "OK",
            "execErrState": "Error", "isPaused": False,
            "labels": {"severity": rule["severity"]},
            "annotations": dict(self.told(
                rule, '(index .Values "A").Value')),
            "data": [
                {"refId": "A", "relativeTimeRange": span,
                 "datasourceUid": "reprise-prometheus", "model": {
                     "refId": "A", "expr": self.expression(rule),
                     "instant": True, "range": False}},
                {"refId": "B", "relativeTimeRange": span,
                 "datasourceUid": "__expr__", "model": {
                     "refId": "B", "type": "threshold", "expression": "A",
                     "conditions": [{"evaluator": {
                         "type": "gt", "params": [0]}}]}}]}
