#!/usr/bin/env python3
"""Three forks of one session of the clinical example. Each differs from it in
exactly what follows from its change, and in nothing from a session in which
the same was so from the start."""
import json

from cli_support import main
from clinical_support import ClinicalCase, make_patient

# For who works; who hangs reaches it twice.
ENOUGH = '"timeout": "60s", "idle": "12s", '
SODIUM, BEFORE, AFTER = "Sodium", 138.0, 139.0


class Forks(ClinicalCase):
    def setUp(self):
        super().setUp()
        make_patient(self.example, ("labs",), ENOUGH)
        self.plan = "clinical/hurried.json"
        self.summary(0, plan=self.plan)
        self.first = self.last()

    def last(self):
        return json.loads(self.expect(
            0, "ls", "--json", "--limit", "1").out)["session"]

    def fork(self, status, *args):
        self.expect(status, "fork", self.first, *args)
        self.expect(0, "verify")
        self.assertIn("identical: ", self.expect(0, "replay").err)
        return self.last()

    def differences(self, after):
        """By lane: {pointer: (before, after)} of its output; times apart."""
        result = self.run_it("diff", self.first, after, "--json").json()
        lanes = {lane["path"]: lane for lane in result["lanes"]
                 if lane["change"] not in ("same", "times")}
        return result, lanes

    @staticmethod
    def edits(lane):
        return {edit["pointer"]: (edit.get("before"), edit.get("after"))
                for edit in lane.get("output", [])}

    def same_from_the_start(self, fork, status, *args):
        """Another session, of which no task is recalled."""
        self.summary(status, *args, plan=self.plan)
        result = self.run_it("diff", fork, self.last(), "--json").json()
        self.assertTrue(result["equal"], result)

    def test_results_that_were_other(self):
        labs = self.expect(0, "show", self.first, "--io", "gather/labs",
                           "--part", "output").json()
        at, = (i for i, r in enumerate(labs["results"])
               if r["name"] == SODIUM)
        labs["results"][at]["latest"]["value"] = AFTER
        self.write("edited.json", json.dumps(labs))
        fork = self.fork(0, "--at", "gather/labs", "--output", "edited.json")
        result, lanes = self.differences(fork)
        self.assertEqual(set(lanes), {"gather/labs", "summary"})
        self.assertEqual(self.edits(lanes["gather/labs"]), {
            f"/results/{at}/latest/value": (BEFORE, AFTER)})
        line = (f"{SODIUM} 138 mmol/L (normal, steady); worst 132 (low);"
                " usual 137.5")
        for edits in (self.edits(lanes["summary"]), self.edits(result)):
            before, after = edits.pop("/summary")
            self.assertEqual(before.replace(line, line.replace("138", "139")),
                             after)
            (pointer, texts), = edits.items()
            self.assertRegex(pointer, r"^/sections/\d+/lines/\d+/text$")
            self.assertEqual(texts, (line, line.replace("138", "139")))
        self.same_from_the_start(fork, 0, "--stub", "labs=edited.json")

    def test_results_that_do_not_come(self):
        fork = self.fork(3, "--at", "gather/labs", "--fault", "hang")
        result, lanes = self.differences(fork)
        self.assertEqual(set(lanes), {"gather/labs", "summary"})
        self.assertEqual(lanes["gather/labs"]["after"]["status"], "timed_out")
        self.assertEqual(lanes["gather/labs"]["after"]["tries"],
                         ["idle", "idle"])
        self.assertEqual(lanes["summary"]["after"]["status"], "ok")
        self.assertEqual((result["course_before"]["outcome"],
                          result["course_after"]["outcome"]),
                         ("ok", "degraded"))
        summary = self.expect(0, "show", "--io", "session", "--part",
                              "output").json()["summary"]
        self.assertIn("labs: timed_out (idle)", summary)
        self.assertNotIn(SODIUM, summary)
        self.same_from_the_start(fork, 3, "--fault", "labs : hang")

    def test_a_writer_that_writes_otherwise_by_now(self):
        with open(self.path("clinical", "writer"), encoding="utf-8") as file:
            text = file.read()
        title = "SUMMARY OF ENCOUNTER"
        self.assertIn(title, text)
        self.write("clinical/writer", text.replace(title, "LETTER ON"), 0o755)
        fork = self.fork(0, "--live", "summary")
        result, lanes = self.differences(fork)
        self.assertEqual(set(lanes), {"summary"})
        for edits in (self.edits(lanes["summary"]), self.edits(result)):
            before, after = edits.pop("/summary")
            self.assertEqual(before.replace(title, "LETTER ON"), after)
            self.assertEqual(edits, {"/sections/0/title": (
                f"{title} E-1001", "LETTER ON E-1001")})
        self.same_from_the_start(fork, 0)


if __name__ == "__main__":
    main()
