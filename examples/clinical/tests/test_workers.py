"""The workers by themselves, over a database of their own."""
import importlib.machinery
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ENCOUNTERS = [f"E-10{number:02}" for number in range(1, 14)]
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True


def load(name):
    """A worker as a module; its file has no ending."""
    loader = importlib.machinery.SourceFileLoader(
        name, os.path.join(HERE, name))
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def setUpModule():
    global folder, database
    folder = tempfile.TemporaryDirectory(prefix="clinical-")
    database = os.path.join(folder.name, "clinical.db")
    subprocess.run([os.path.join(HERE, "build-db"), database], check=True,
                   stdout=subprocess.DEVNULL)


def tearDownModule():
    folder.cleanup()


def ask(worker, encounter, **more):
    return subprocess.run(
        [os.path.join(HERE, worker)], text=True, capture_output=True,
        input=json.dumps({"input": {"encounter": encounter, **more}}),
        env={**os.environ, "CLINICAL_DB": database})


def answer(worker, encounter):
    result = ask(worker, encounter)
    if result.returncode != 0:
        raise AssertionError(result.stderr)
    return json.loads(result.stdout)


class BuildDb(unittest.TestCase):
    def test_a_second_time_changes_nothing(self):
        before = os.stat(database)
        done = subprocess.run([os.path.join(HERE, "build-db"), database],
                              check=True, text=True, capture_output=True)
        self.assertIn("up to date", done.stdout)
        self.assertEqual(os.stat(database).st_mtime_ns, before.st_mtime_ns)

    def test_force_builds_anew(self):
        before = os.stat(database)
        subprocess.run([os.path.join(HERE, "build-db"), "--force", database],
                       check=True, stdout=subprocess.DEVNULL)
        self.assertNotEqual(os.stat(database).st_ino, before.st_ino)
        self.assertEqual(os.listdir(folder.name), ["clinical.db"])


class Every(unittest.TestCase):
    def test_worker_answers_for_every_encounter(self):
        for worker in ("labs", "meds", "notes", "vitals"):
            for encounter in ENCOUNTERS:
                with self.subTest(worker=worker, encounter=encounter):
                    self.assertEqual(answer(worker, encounter)["encounter"],
                                     encounter)

    def test_worker_refuses_an_encounter_that_is_not_there(self):
        for worker in ("labs", "meds", "notes", "vitals"):
            result = ask(worker, "E-9999")
            self.assertEqual((result.returncode, result.stdout), (1, ""))
            self.assertIn("E-9999", result.stderr)


class Labs(unittest.TestCase):
    def result(self, encounter, name):
        return next(r for r in answer("labs", encounter)["results"]
                    if r["name"] == name)

    def test_a_critical_value_stays_visible_when_it_is_over(self):
        inr = self.result("E-1001", "INR")
        self.assertEqual((inr["worst"]["value"], inr["worst"]["flag"]),
                         (5.8, "critical high"))
        self.assertEqual((inr["latest"]["value"], inr["trend"]),
                         (1.5, "falling"))

    def test_ranges_are_those_of_sex_and_age(self):
        # Normal for a boy of fifteen, high for a man.
        self.assertEqual(self.result("E-1008", "Alkaline phosphatase")
                         ["latest"]["flag"], "normal")

    def test_flags(self):
        labs = load("labs")
        for value, flag in ((1, "critical low"), (3, "low"), (5, "normal"),
                            (8, "high"), (12, "critical high")):
            self.assertEqual(labs.flag_of(value, 4, 6, 2, 10), flag)
        self.assertEqual(labs.flag_of(-5, None, None, None, None), "normal")

    def test_a_slope_needs_two_points(self):
        labs = load("labs")
        self.assertEqual(labs.slope_per_day([(3, 7.0)]), 0.0)
        self.assertAlmostEqual(
            labs.slope_per_day([(0, 1.0), (1, 3.0), (2, 5.0)]), 2.0)


class Meds(unittest.TestCase):
    def test_an_order_that_nobody_ended_is_active(self):
        self.assertIn("warfarin", answer("meds", "E-1001")["active"])

    def test_an_interaction_that_needs_a_result_looks_at_it(self):
        hits = {hit["id"] for hit in answer("meds", "E-1004")["interactions"]}
        self.assertIn("I-05", hits)
        self.assertNotIn("I-04", hits)  # superseded: potassium is high

    def test_a_drug_that_an_allergy_forbids_is_told(self):
        alerts = answer("meds", "E-1013")["allergy_alerts"]
        self.assertEqual([(a["drug"], a["allergy"]) for a in alerts],
                         [("amoxicillin", "penicillin")])

    def test_what_was_recorded_later_is_not_known_yet(self):
        known = [a["substance"] for a in
                 answer("meds", "E-1006")["allergies"]]
        self.assertEqual(known, ["sulfonamide"])  # aspirin came on 8 July


class Notes(unittest.TestCase):
    def said(self, sentence):
        notes = load("notes")
        spellings = notes.names_of([
            ("warfarin", None), ("apixaban", None), ("furosemide", None),
            ("soluble insulin", "fixed-rate insulin"), ("aspirin", None)])
        return notes.drug_statements(sentence, spellings,
                                     notes.finder(spellings))

    def test_verbs_in_front_of_drugs_and_behind_them(self):
        self.assertEqual(
            self.said("Warfarin was stopped on 8 March and apixaban 5 mg "
                      "twice daily started the same day."),
            [("warfarin", "stopped"), ("apixaban", "active")])
        self.assertEqual(
            self.said("Continues warfarin 3 mg and furosemide 40 mg."),
            [("warfarin", "active"), ("furosemide", "active")])
        self.assertEqual(
            self.said("Takes aspirin 75 mg and warfarin, all continued."),
            [("aspirin", "active"), ("warfarin", "active")])
        self.assertEqual(self.said("Fixed-rate insulin held."),
                         [("soluble insulin", "held")])

    def test_a_drug_that_is_only_mentioned_says_nothing(self):
        self.assertEqual(self.said("The warfarin box is half full."), [])

    def test_a_denied_allergy_is_absent(self):
        notes = load("notes")
        spellings = {"penicillin": "penicillin"}
        for sentence, value in (
                ("Patient denies penicillin allergy.", "absent"),
                ("Allergy: penicillin, anaphylaxis.", "present")):
            self.assertEqual(
                notes.allergy_statements(sentence, spellings,
                                         notes.finder(spellings)),
                [("penicillin", value)])

    def test_the_newest_statement_overrules_and_tells_so(self):
        document = answer("notes", "E-1001")
        values = {f["code"]: f["value"] for f in document["findings"]}
        self.assertEqual(values["allergy/penicillin"], "present")
        self.assertEqual(values["drug/warfarin"], "stopped")
        self.assertIn(("allergy/penicillin", "absent"),
                      {(s["code"], s["value"])
                       for s in document["overruled"]})

    def test_passages_are_ranked(self):
        passages = answer("notes", "E-1001")["passages"]
        plan = [p["score"] for p in passages if p["question"] == "plan"]
        self.assertEqual(plan, sorted(plan, reverse=True))
        self.assertTrue(plan)


class Vitals(unittest.TestCase):
    def test_a_probe_that_fell_off_is_an_artefact(self):
        artefacts = answer("vitals", "E-1002")["artefacts"]
        self.assertEqual(sorted(a["value"] for a in artefacts), [61, 64])

    def test_a_true_deterioration_is_none(self):
        vitals = load("vitals")
        self.assertEqual(
            vitals.artefacts([97, 96, 97, 90, 86, 82, 80, 79], 12), [])

    def test_news2_of_a_healthy_and_of_a_sick_person(self):
        vitals = load("vitals")
        well = {"pulse": 72, "systolic": 120, "resp": 15, "spo2": 98,
                "temp": 36.6, "avpu": "A", "oxygen": 0}
        self.assertEqual(vitals.news2(well)["score"], 0)
        sick = {"pulse": 122, "systolic": 86, "resp": 28, "spo2": 88,
                "temp": 39.4, "avpu": "C", "oxygen": 1}
        self.assertEqual((vitals.news2(sick)["score"],
                          vitals.news2(sick)["risk"]), (18, "high"))


class Writer(unittest.TestCase):
    def test_missing_parts_and_both_sides_are_written(self):
        evidence = {
            "outputs": {
                "meds": {"orders": [], "interactions": [],
                         "allergy_alerts": [], "findings": [
                             {"code": "drug/x", "value": "active",
                              "source": "O-1"}]},
                "notes": {"read": 1, "passages": [], "findings": [
                    {"code": "drug/x", "value": "stopped",
                     "source": "n#1"}]}},
            "facts": [], "missing": [
                {"name": "labs", "status": "timed_out", "reason": "idle"}],
            "conflicts": [{
                "key": "drug/x", "kind": "disagree", "candidates": [
                    {"source": "meds", "value": "active"},
                    {"source": "notes", "value": "stopped"}]}]}
        document = load("writer").write(
            {"encounter": "E-1001", "evidence": evidence})
        self.assertIn("labs: timed_out (idle)", document["summary"])
        self.assertIn("meds: active [O-1]; notes: stopped [n#1]",
                      document["summary"])
        self.assertEqual((document["complete"], document["missing"]),
                         (False, ["labs"]))
        self.assertEqual([c["source"] for c in document["citations"]],
                         ["meds", "notes"])


if __name__ == "__main__":
    unittest.main()
