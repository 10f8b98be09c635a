#!/usr/bin/env python3
"""Writes what dashboards/ consists of out of dashboards/source/*.toml and the
program's table of metrics.

usage: generate.py [--check]
With --check nothing is written; exits 1 and names the files that would change.
"""
import glob
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(HERE, "lib"))

import grafana  # noqa: E402
import jaeger  # noqa: E402
import rules  # noqa: E402


def section(path, mark, text):
    """The file with what is between the two marks replaced."""
    begin, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        before, found, rest = file.read().partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise SystemExit(f"generate.py: {path} has no '{begin}' … '{end}'")
    return f"{before}{begin}\n{text.rstrip()}\n{end}{after}"


def outputs():
    """Path from the root of the project: what it should hold."""
    searches = jaeger.Searches(os.path.join(HERE, "source", "jaeger.toml"))
    found = {
        f"dashboards/grafana/provisioning/dashboards/reprise/{name}": text
        for name, text in grafana.dashboards(sorted(glob.glob(
            os.path.join(HERE, "source", "dashboards", "*.toml"))))}
    ruled = rules.Rules(os.path.join(HERE, "source", "rules.toml"))
    return {
        **found,
        "dashboards/prometheus/reprise.rules.yml": ruled.document(),
        "dashboards/grafana/provisioning/alerting/reprise.yaml":
            ruled.managed(),
        "dashboards/jaeger/ui.json": searches.ui(),
        "docs/jaeger.md": section("docs/jaeger.md", "searches",
                                  searches.table()),
    }


def main(arguments):
    if arguments not in ([], ["--check"]):
        raise SystemExit(__doc__.strip())
    changed = 0
    for path, text in outputs().items():
        whole = os.path.join(ROOT, path)
        old = None
        if os.path.exists(whole):
            with open(whole, encoding="utf-8") as file:
                old = file.read()
        if old == text:
            continue
        changed += 1
        if arguments:
            print(f"{path} is not what dashboards/generate.py writes")
            continue
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, "w", encoding="utf-8") as file:
            file.write(text)
        print(f"wrote {path}")
    return 1 if arguments and changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
