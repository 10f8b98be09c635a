#!/usr/bin/env python3
"""Every fault that live runs can force does to the clinical example what the
sweep says: one scenario of each, with real workers. `--confirm live:all` does
the same for every scenario, docs/sweep.md has what came of it."""
import json
import os
import re
import sys

from cli_support import main
from clinical_support import ClinicalCase

WORKERS = ("labs", "meds", "notes", "vitals", "writer")
# Limits that a worker keeps on a machine that has other things to do; many wait
# for them side by side.
LIMITS = (('"wall": "30s"', '"wall": "300s"'),
          ('"timeout": "4s", "idle": "3s"', '"timeout": "20s", "idle": "16s"'),
          ('"backoff": "400ms..2s"', '"backoff": "50ms..200ms"'))
REASONS = {"what the worker makes of it needs a live run",
           "the recorded output has no such place"}
MOST = 0.95  # of the catalogue; the rest are other words for some of them
WATCHERS = 12  # at least: failures of the store, and of where spans are sent


class Each(ClinicalCase):
    def setUp(self):
        super().setUp()
        with open(self.path("clinical", "plan.json"), encoding="utf-8") as f:
            text = f.read()
        for old, new in LIMITS:
            self.assertIn(old, text)
            text = text.replace(old, new)
        self.write("clinical/plan.json", text)
        for name in WORKERS:  # without a search for the interpreter
            with open(self.path("clinical", name), encoding="utf-8") as f:
                text = f.read().split("\n", 1)[1]
            self.write(f"clinical/{name}", f"#!{sys.executable} -S\n{text}",
                       0o755)
        self.expect(0, "run", "clinical/plan.json", "--quiet")

    def catalogue(self):
        lines = self.expect(0, "faults", "list", "--json").out.splitlines()
        return {f["fault"]: f["class"] for f in map(json.loads, lines)}

    def test_each_fault_does_live_what_it_does_in_the_sweep(self):
        self.not_under_a_wrapper("it takes its time")
        os.mkdir(self.path("tmp"))
        process = self.start(
            "sweep", "clinical/plan.json", "--confirm", "live:each", "--jobs",
            "12", "--format", "json", env={"TMPDIR": self.path("tmp")})
        out, err = process.communicate()
        self.assertIn(process.returncode, (0, 3), out + err)
        report = json.loads(out)
        live = report["live"]
        # A machine that is too busy decides nothing, which is no difference.
        self.assertEqual(live["differences"], [])
        self.assertGreaterEqual(live["watchers"], WATCHERS)
        self.assertEqual(live["agreed"] + live["idle"] +
                         len(live["undecided"]), live["runs"])
        self.assertLessEqual({entry["why"] for entry in live["not_tried"]},
                             REASONS)
        tried = set()
        confirmed = set()
        elsewhere = set()
        for case in report["cases"]:
            name = re.search(r" : ([a-z0-9._]+)", case["rules"][-1])[1]
            tried.add(name)
            if case.get("live_verdict") == case["verdict"]:
                confirmed.add(name)
            elif "live_verdict" in case or case.get("note") in REASONS:
                elsewhere.add(name)
        self.assertEqual(tried, confirmed | elsewhere)
        catalogue = {name for name, kind in self.catalogue().items()
                     if kind not in ("store", "export")}
        self.assertLessEqual(tried, catalogue)
        self.assertGreater(len(tried), MOST * len(catalogue))
        self.assertEqual(len(elsewhere - confirmed),
                         len(live["undecided"]) + len(live["late"]) +
                         sum(e["scenarios"] for e in live["not_tried"]))
        self.assertEqual(os.listdir(self.path("tmp")), [])


if __name__ == "__main__":
    main()
