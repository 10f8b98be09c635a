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

    def test_worker_says_what_a_task_lacks(self):
        for worker in ("labs", "meds", "notes", "vitals", "writer"):
            for task, lack in (("nope", "not JSON"),
                               ("[]", "/input/encounter"),
                               ('{"input": {}}', "/input/encounter")):
                result = subprocess.run(
                    [os.path.join(HERE, worker)], text=True, input=task,
                    capture_output=True)
                self.assertEqual((result.returncode, result.stdout), (1, ""))
                self.assertIn(lack, result.stderr)
                self.assertNotIn("Traceback", result.stderr)

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


    def test_a_trend_needs_two_results_and_sees_a_peak_between_them(self):
        labs = load("labs")
        for values, trend in (([7], "single"), ([100, 103], "steady"),
                              ([100, 150], "rising"), ([150, 100], "falling"),
                              ([72, 124, 83], "peaked"),
                              ([100, 40, 95], "dipped")):
            self.assertEqual(labs.trend_of(list(enumerate(values)), None),
                             trend)

    def test_a_baseline_is_not_taken_from_another_illness(self):
        # 142 and 148 when well, 246 in the emergency department in between.
        creatinine = self.result("E-1005", "Creatinine")
        self.assertEqual((creatinine["baseline"], creatinine["change"]),
                         (148, 5))

    def test_a_kidney_injury_is_a_rise_by_half_or_by_26_in_two_days(self):
        labs = load("labs")
        for points, baseline, expected in (
                ([(0, 72), (3, 124)], 72, True),
                ([(0, 100), (1.5, 126)], None, True),
                ([(0, 100), (3, 126)], None, False),
                ([(0, 126), (1, 100)], None, False),
                ([(0, 121)], 91, False)):
            self.assertEqual(labs.injured(points, baseline), expected)

    def test_creatinine_without_anything_to_compare_to_proves_nothing(self):
        labs = load("labs")
        result = {"loinc": labs.CREATININE, "name": "Creatinine",
                  "baseline": None}
        self.assertEqual(labs.problems_of(result, [("noon", 400, 0)]), [])

    def test_each_problem_has_its_own_proof(self):
        labs = load("labs")
        result = {"loinc": "2823-3", "name": "Potassium",
                  "range": {"low": 3.5, "high": 5.3}}
        self.assertEqual(
            labs.problems_of(result, [("noon", 6.3, 0), ("dusk", 3.1, 0.3)]),
            [("hypokalaemia", "present", "Potassium: lowest 3.1 at dusk"),
             ("hyperkalaemia", "present", "Potassium: highest 6.3 at noon")])


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

    def test_one_drug_ordered_twice_is_a_duplicate_while_both_are_active(self):
        meds = load("meds")
        orders = [{"drug": "x", "order": name, "status": status}
                  for name, status in (("O-1", "active"), ("O-2", "active"),
                                       ("O-3", "stopped"))]
        self.assertEqual(meds.duplicates_of(orders),
                         [{"drug": "x", "orders": ["O-1", "O-2"]}])
        self.assertEqual(meds.duplicates_of(orders[1:]), [])

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

    def test_what_was_not_done_says_nothing(self):
        for sentence in ("Warfarin was not started.",
                         "Warfarin never stopped.",
                         "Warfarin to be stopped next week.",
                         "Warfarin should be held before surgery.",
                         "Apixaban restarted if no bleeding.",
                         "Not taking warfarin."):
            self.assertEqual(self.said(sentence), [], sentence)

    def test_words_for_an_end(self):
        for sentence in ("Warfarin was discontinued.", "Stopped warfarin.",
                         "No longer takes warfarin."):
            self.assertEqual(self.said(sentence), [("warfarin", "stopped")],
                             sentence)

    def test_a_denied_allergy_is_absent_and_a_denial_does_not_reach_on(self):
        notes = load("notes")
        spellings = {"penicillin": "penicillin", "codeine": "codeine"}
        for sentence, said in (
                ("Patient denies penicillin allergy.",
                 [("penicillin", "absent")]),
                ("Allergy: penicillin, anaphylaxis.",
                 [("penicillin", "present")]),
                ("Penicillin allergy ruled out by testing.",
                 [("penicillin", "absent")]),
                ("No sepsis, allergic to codeine.",
                 [("codeine", "present")]),
                ("No allergy to penicillin but allergic to codeine.",
                 [("penicillin", "absent"), ("codeine", "present")]),
                ("Denies allergy to penicillin and codeine.",
                 [("penicillin", "absent"), ("codeine", "absent")]),
                ("Mother is allergic to penicillin.", [])):
            self.assertEqual(
                notes.allergy_statements(sentence, spellings,
                                         notes.finder(spellings)),
                said, sentence)

    def test_a_problem_of_another_time_is_none_of_this_stay(self):
        notes = load("notes")
        spellings = {"fever": "fever", "sepsis": "sepsis"}
        absent = {"afebrile": "fever"}
        pattern = notes.finder([*spellings, *absent])
        for sentence, said in (
                ("Two days of fever.", [("fever", "present")]),
                ("No fever and no sepsis criteria.",
                 [("fever", "absent"), ("sepsis", "absent")]),
                ("Afebrile since midnight.", [("fever", "absent")]),
                ("Return in case of fever.", []),
                ("History of sepsis.", []),
                ("Three weeks after sepsis.", [])):
            self.assertEqual(
                notes.problem_statements(sentence, spellings, absent,
                                         pattern), said, sentence)

    def test_anticoagulation_is_found_by_the_names_of_its_drugs(self):
        passages = answer("notes", "E-1006")["passages"]
        found = [p["source"] for p in passages
                 if p["question"] == "anticoagulant"]
        self.assertIn("E-1006-2-plan#1", found)  # "Apixaban held"

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

    def readings(self, **signs):
        """Eight readings of a healthy person, with other values in some."""
        well = {"pulse": 72, "systolic": 120, "diastolic": 75, "resp": 15,
                "spo2": 97, "temp": 36.6, "avpu": "A", "oxygen": 0}
        return [{**well, **{sign: values[i] for sign, values in signs.items()}}
                for i in range(8)]

    def judged(self, **signs):
        vitals = load("vitals")
        return {verdict: found for verdict, found in
                vitals.judge(self.readings(**signs)).items() if found}

    def test_a_lasting_deterioration_is_no_outlier(self):
        self.assertEqual(
            self.judged(spo2=[97, 96, 97, 90, 86, 82, 80, 79]), {})

    def test_a_reading_that_stands_alone_is_an_artefact(self):
        self.assertEqual(
            self.judged(spo2=[97, 96, 97, 45, 96, 97, 97, 96]),
            {"artefacts": [("spo2", 3)]})

    def test_other_signs_make_a_short_drop_a_deterioration(self):
        found = self.judged(spo2=[97, 96, 97, 78, 96, 97, 97, 96],
                            resp=[15, 16, 15, 32, 16, 15, 15, 16])
        self.assertIn(("spo2", 3), found["deteriorations"])
        self.assertNotIn("artefacts", found)

    def test_a_drop_in_the_last_reading_is_never_dropped(self):
        self.assertEqual(
            self.judged(spo2=[97, 96, 97, 96, 97, 96, 97, 80]),
            {"unconfirmed": [("spo2", 7)]})

    def test_the_score_is_not_for_children(self):
        document = answer("vitals", "E-1008")  # fifteen years old
        self.assertIsNone(document["news2"])
        self.assertIn("under 16", document["news2_reason"])
        self.assertEqual(document["findings"], [])
        self.assertTrue(document["course"])

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
                         "duplicates": [{"drug": "y",
                                         "orders": ["O-2", "O-3"]}],
                         "allergy_alerts": [], "findings": [
                             {"code": "drug/x", "value": "active",
                              "source": "O-1"}]},
                "notes": {"read": 1, "passages": [], "statements": [],
                          "overruled": [], "findings": [
                    {"code": "drug/x", "value": "stopped",
                     "source": "n#1"},
                    {"code": "problem/old-one", "value": "present",
                     "source": "n#2"}]}},
            "facts": [
                {"key": "problem/old-one", "value": "present",
                 "sources": ["notes"]},
                {"key": "problem/no-one", "value": "absent",
                 "sources": ["notes"]}], "missing": [
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
        self.assertEqual(
            [side["reference"] for side in document["conflicts"][0]["sides"]],
            ["O-1", "n#1"])
        self.assertIn("DUPLICATE: y is ordered 2 times [O-2, O-3]",
                      document["summary"])
        self.assertIn("- old one: notes [n#2]", document["summary"])
        self.assertNotIn("no one", document["summary"])
        for section in document["sections"]:
            self.assertIn(section["title"], document["summary"])


if __name__ == "__main__":
    unittest.main()
