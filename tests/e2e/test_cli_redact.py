#!/usr/bin/env python3
"""Bundles without what identifies a patient: gone from every byte, and still
sessions that verify and run again."""
import json
import os
import sqlite3

from cli_plans import agent, plan
from cli_support import Case, main

NAME = "Zoë \"Zo\" Müller-Ünal"
MRN = 9434765919
WARD = "Ward 7B Maple"
INPUT = {"patient": {"name": NAME, "mrn": MRN, "sex": "F", "weight": 72.5},
         "ward": WARD, "n": 3}
# Every way in which a worker may tell the name.
LABS = f'''#!/usr/bin/env python3
import json, os, sys
task = json.load(sys.stdin)
patient = task["input"]["patient"]
name = patient["name"]
print("asked for", name, patient["mrn"], "at {WARD}", file=sys.stderr)
print(json.dumps(dict(text=name)), "ends with", name[:9], end="",
      file=sys.stderr)
if os.environ.get("FAIL") == str(task["attempt"]):
    sys.exit(3)
print(json.dumps({{"patient": patient, name: "a member",
                  "ascii": json.dumps(name), "inner": json.dumps([name],
                  ensure_ascii=False), "weight": -72.50, "sex": "F",
                  "FACT": "F is no sex here", "code": 1943476591900, "near": 1003}},
                 ensure_ascii=task["attempt"] % 2 == 1, indent=1))
'''
NOTES = f'''#!/usr/bin/env python3
import json, sys
task = json.load(sys.stdin)
print(f"{{task['input']['patient']['name']}} is at {WARD}: MRN {MRN}.")
'''


def spellings(text):
    """As programs write it, and once more inside of a document."""
    once = {text, json.dumps(text)[1:-1],
            json.dumps(text, ensure_ascii=False)[1:-1]}
    twice = {json.dumps(s)[1:-1] for s in once} | {
        json.dumps(s, ensure_ascii=False)[1:-1] for s in once}
    return {s.encode() for s in once | twice}


PHI = spellings(NAME) | spellings(WARD) | {
    str(MRN).encode(), b"72.5", b"725e-1", b'"sex":"F"', NAME[:9].encode()}


class Redact(Case):
    def setUp(self):
        super().setUp()
        self.write("labs", LABS, 0o755)
        self.write("notes", NOTES, 0o755)
        self.write("p.json", self.plan())
        self.write("input.json", json.dumps(INPUT))

    def plan(self, **more):
        labs = agent("labs", env={"FAIL": "1", "WARD": WARD}, retry={
            "attempts": 2, "on": ["exit"], "backoff": "1ms..2ms"}, **more)
        document = json.loads(plan({
            "labs": labs, "notes": agent("notes", stdout="text")}))
        document["input"] = {"default": INPUT}
        document["description"] = f"what {NAME} needs"
        return json.dumps(document)

    def run_one(self, *args, name="p.json", status=0):
        self.expect(status, "run", name, "--input", "input.json", *args)
        line = self.expect(0, "ls", "--json", "--limit", "1").out
        return json.loads(line)["session"]

    RULES = ("--redact", "/patient", "--redact", "Ward [0-9][A-Z] [A-Z]\\w+")

    def redacted(self, *sessions, name="a.bundle", rules=RULES, status=0):
        self.told = self.expect(
            status, "bundle", *sessions, "-o", name, *rules).err
        if status in (0, 3):
            with open(self.path(name), "rb") as file:
                return file.read()
        self.assertFalse(os.path.exists(self.path(name)))
        return None

    def assert_gone(self, data, what=PHI):
        for text in what:
            self.assertNotIn(text, data)

    def elsewhere(self, *args, status=0):
        os.makedirs(self.path("empty"), exist_ok=True)
        return self.expect(status, *args, cwd=self.path("empty"))

    def test_it_is_gone_from_every_byte(self):
        session = self.run_one("--tag", f"who={NAME}")
        self.expect(0, "bundle", session, "-o", "whole.bundle")
        with open(self.path("whole.bundle"), "rb") as file:
            whole = file.read()
        for text in (NAME.encode(), WARD.encode(), str(MRN).encode()):
            self.assertIn(text, whole)
        data = self.redacted(session)
        self.assert_gone(data)
        self.assertNotIn(session.encode(), data)
        self.assertIn(b"F is no sex here", data)
        self.assertIn(b": 1003", data)

    def test_what_is_left_verifies_and_runs_again(self):
        self.redacted(self.run_one())
        file = self.path("a.bundle")
        self.assertIn(" verifies: ", self.elsewhere("verify", file).out)
        self.assertIn("identical: ", self.elsewhere("replay", file).err)
        shown = self.elsewhere("show", file)
        self.assertIn("redacted=key ", shown.out)
        self.assertNotIn("undecided", shown.out)
        self.elsewhere("play", file, "--speed", "max")
        self.elsewhere("diff", file, file)

    def test_imported_it_is_gone_from_the_store_too(self):
        self.redacted(self.run_one())
        store = self.path("other.db")
        self.expect(0, "import", "a.bundle", "--store", store)
        self.expect(0, "verify", "--all", "--store", store)
        with sqlite3.connect(store) as database:
            for (text,) in database.execute("SELECT text FROM v_payload "
                                            "WHERE text IS NOT NULL"):
                self.assert_gone(text.encode())
        with open(store, "rb") as file:
            self.assert_gone(file.read())
        exported = self.expect(0, "export", "--store", store).out
        self.assert_gone(exported.encode())

    def test_the_same_value_has_the_same_token_everywhere(self):
        sessions = [self.run_one(), self.run_one()]
        both = self.redacted(*sessions)
        again = self.redacted(*reversed(sessions), name="b.bundle")
        self.assertEqual(both, again)
        tokens = set(part for line in both.split(b'"')
                     for part in line.split() if part.startswith(b"redacted-")
                     and len(part) == 25)
        self.assertEqual(len(tokens), 3, tokens)  # name, sex, ward

    def test_another_key_makes_other_tokens(self):
        session = self.run_one()
        first = self.redacted(session)
        self.write("k", "x" * 16)
        other = self.redacted(
            session, rules=(*self.RULES, "--redact-key", "k"), name="b.bundle")
        self.assertNotEqual(first, other)
        self.assert_gone(other)
        self.assertEqual(os.stat(self.path(
            ".reprise", "store.db.key")).st_mode & 0o777, 0o600)

    def test_what_a_bundle_holds_can_be_taken_out_as_well(self):
        session = self.run_one()
        direct = self.redacted(session)
        self.expect(0, "bundle", session, "-o", "whole.bundle")
        rules = (*self.RULES, "--redact-key", ".reprise/store.db.key")
        self.assertEqual(self.redacted("whole.bundle", name="b.bundle",
                                       rules=rules), direct)
        self.redacted("whole.bundle", name="c.bundle", status=2)
        self.assertIn("--redact-key", self.told)

    def test_a_contract_that_tokens_break_is_named_and_taken_out(self):
        self.write("p.json", self.plan(output={
            "type": "object", "properties": {"patient": {"properties": {
                "sex": {"enum": ["F", "M"]},
                "name": {"pattern": "^Zo"}}}}}))
        self.redacted(self.run_one())
        self.assertIn("output of labs (/patient/name: ", self.told)
        self.assertEqual(self.told.count(" of labs"), 1)
        file = self.path("a.bundle")
        self.assertIn(" verifies: ", self.elsewhere("verify", file).out)
        self.assertIn("identical: ", self.elsewhere("replay", file).err)
        self.assertIn("undecided=output of labs",
                      self.elsewhere("show", file).out)

    def test_a_refusal_that_tokens_would_lift_is_told_and_nothing_written(self):
        self.write("p.json", self.plan(output={
            "not": {"properties": {"patient": {"properties": {
                "name": {"pattern": "^Zo"}}}}}}))
        session = self.run_one(status=1)
        self.redacted(session, status=1)
        self.assertIn("would be decided otherwise", self.told)
        self.assertIn("gather/labs@2", self.told)

    def test_output_that_was_cut_has_no_half_of_it(self):
        session = self.run_one("--fault", "labs : out.truncate(45)", status=1)
        data = self.redacted(session)
        self.assert_gone(data)
        self.assertNotIn("Zoë".encode(), data)
        self.assertIn(" verifies: ", self.elsewhere(
            "verify", self.path("a.bundle")).out)

    def test_a_name_of_the_plan_may_be_a_value(self):
        session = self.run_one()
        data = self.redacted(session, rules=("--redact", "^notes$"))
        self.assertNotIn(b"gather/notes", data)
        self.assertIn(b"gather/redacted-", data)
        self.assertIn(" verifies: ", self.elsewhere(
            "verify", self.path("a.bundle")).out)
        # Children begin in the order of their names, pauses depend on them.
        self.redacted(session, name="b.bundle", rules=("--redact", "^labs$"),
                      status=1)
        self.assertIn("acts in another order", self.told)
        self.redacted(session, name="b.bundle", rules=("--redact", "^gather$"),
                      status=1)
        self.assertIn("retry of 'gather/labs'", self.told)

    def test_what_the_form_needs_cannot_be_taken_out(self):
        session = self.run_one()
        for rule in ("parallel", "15m|text|^agents$"):
            self.redacted(session, rules=("--redact", rule), status=2)
            self.assertIn("needed in the plan", self.told)

    def test_rules_and_keys_that_are_wrong_are_told(self):
        session = self.run_one()
        for rule in ("/a~2", "(", ""):
            self.redacted(session, rules=("--redact", rule), status=2)
            self.assertIn("is wrong", self.told)
        self.write("short", "x")
        for key in ("short", "not-there"):
            self.redacted(session, rules=("--redact", "/n", "--redact-key",
                                          key), status=2)
        self.redacted(session, rules=("--redact", "/nowhere"), status=3)
        self.assertIn("the rule '/nowhere' found nothing", self.told)
        self.assertIn("0 values taken out", self.told)

    def test_pointers_have_wildcards(self):
        session = self.run_one()
        data = self.redacted(session, rules=(
            "--redact", "/**/name", "--redact", "/*/mrn"))
        self.assert_gone(data, spellings(NAME) | {str(MRN).encode()})
        self.assertIn(WARD.encode(), data)


if __name__ == "__main__":
    main()
