"""Rules of Prometheus, as YAML: texts are written as JSON has them, which YAML
reads."""
import json
import tomllib

from promql import Language

GRAFANA = "http://localhost:3000"
HEAD = """\
# Made by dashboards/generate.py of dashboards/source/rules.toml.
# Counts are of windows that begin anew at the first look at a store: see
# dashboards/lib/promql.py.
groups:
"""


def text(value):
    return json.dumps(value, ensure_ascii=False)


class Rules:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.source = tomllib.load(file)
        self.language = Language()

    def expression(self, rule):
        if "query" in rule:
            query = dict(rule["query"])
            found = self.language.compile(query, query["window"], [], True)
            return found + (f" > {rule['above']}" if "above" in rule else "")
        for name in self.used(rule["expr"]):
            if name not in {record["name"] for record in
                            self.source["record"]}:
                raise ValueError(f"{rule['name']}: nobody records {name}")
        # A recorded name begins like ours, and has colons.
        plain = rule["expr"]
        for name in self.used(plain):
            plain = plain.replace(name, "recorded")
        self.language.checked(plain)
        return rule["expr"]

    @staticmethod
    def used(expression):
        words = expression.replace("(", " ").replace("{", " ").replace(
            ")", " ").split()
        return [word for word in words if word.startswith("reprise:")]

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
            board = f"{GRAFANA}/d/{rule['dashboard']}"
            lines += ["        labels:",
                      f"          severity: {rule['severity']}",
                      "        annotations:",
                      f"          summary: {text(rule['summary'])}",
                      f"          description: {text(rule['description'])}",
                      f"          dashboard: {text(board)}"]
        return "\n".join(lines) + "\n"
