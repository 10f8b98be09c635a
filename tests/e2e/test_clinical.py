#!/usr/bin/env python3
"""The clinical example from end to end, in a copy of its own."""
from clinical_support import ClinicalCase, make_patient
from cli_support import main

# Encounters whose sources disagree, or where only one knows.
CONFLICTS = {
    "E-1001": {"drug/warfarin"}, "E-1004": {"drug/ramipril",
                                            "drug/spironolactone"},
    "E-1005": {"drug/spironolactone"}, "E-1006": {"allergy/aspirin"},
    "E-1007": {"problem/acute-kidney-injury"},
    "E-1012": {"drug/clopidogrel"},
}


class Clinical(ClinicalCase):
    def setUp(self):
        super().setUp()
        make_patient(self.example, ("labs",))

    def test_the_conflict_of_the_default_encounter_surfaces(self):
        document = self.summary(0)
        self.assertEqual(document["encounter"], "E-1001")
        self.assertIn("warfarin, sources disagree: meds: active [O-101]; "
                      "notes: stopped [E-1001-5-discharge#2]",
                      document["summary"])
        self.assertEqual({c["source"] for c in document["citations"]},
                         {"labs", "meds", "notes", "vitals"})
        shown = self.expect(0, "show").out
        self.assertIn("drug/warfarin: different values for one key "
                      "(meds: active, notes: stopped); flag", shown)
        self.assertIn("used labs, meds, notes, vitals", shown)
        for name in ("gather", "gather/$aggregate"):
            merged = self.expect(0, "show", "--io", name, "--part",
                                 "output").json()
            self.assertEqual([c["key"] for c in merged["conflicts"]],
                             ["drug/warfarin"])

    def test_every_encounter_has_its_summary(self):
        for number in range(2, 14):
            encounter = f"E-10{number:02}"
            with self.subTest(encounter):
                document = self.summary(
                    0, "--quiet", "--input", f'{{"encounter":"{encounter}"}}')
                self.assertTrue(document["complete"])
                self.assertEqual({c["about"] for c in document["conflicts"]},
                                 CONFLICTS.get(encounter, set()))

    def test_a_letter_that_results_contradict_is_told(self):
        document = self.summary(0, "--quiet", "--input",
                                '{"encounter":"E-1007"}')
        self.assertEqual(
            {side["source"]: side["value"]
             for side in document["conflicts"][0]["sides"]},
            {"labs": "present", "notes": "absent"})
        self.assertIn("[E-1007-5-discharge#1]", document["summary"])

    def test_a_hung_worker_is_named_in_the_summary(self):
        document = self.summary(3, "--fault", "labs : hang",
                                plan="clinical/hurried.json")
        self.assertEqual(document["missing"], ["labs"])
        self.assertIn("NOT AVAILABLE", document["summary"])
        self.assertIn("labs: timed_out", document["summary"])
        self.assertIn("warfarin, sources disagree", document["summary"])

    def test_truncated_output_is_never_believed(self):
        document = self.summary(
            3, "--fault", "notes : out.truncate(cut=60%)")
        self.assertEqual(document["missing"], ["notes"])
        # What only the record states is not corroborated any more.
        self.assertEqual([c["kind"] for c in document["conflicts"]],
                         ["uncorroborated"])

    def test_an_encounter_that_is_not_there_fails_loudly(self):
        result = self.expect(1, "run", "clinical/plan.json", "--input",
                             '{"encounter":"E-9999"}')
        self.assertEqual(result.out, "")
        self.assertIn("need_not_met", result.err)


if __name__ == "__main__":
    main()
