#!/usr/bin/env python3
"""replay: which recording answers which call."""
import json

from cli_plans import agent, plan, write_all
from cli_support import Case, main


class Matching(Case):
    """Which recording answers which call, and which answers none."""

    def setUp(self):
        super().setUp()
        write_all(self)
        take = {"case": {"from": "input", "at": "/case"},
                "at": {"from": "input", "at": "/at"}}
        self.write("p.json", plan(
            {"labs": agent("good"), "notes": agent("note")}, flow={
                "id": "gather", "parallel": {
                    name: {"agent": name, "input": take}
                    for name in ("labs", "notes")}}))
        self.input = {"case": "e-1", "at": "09:00"}
        self.expect(0, "run", "p.json", "--quiet", "--input",
                    json.dumps(self.input))

    def replay(self, status, *args):
        return self.expect(status, "replay", "--json", *args).json()

    def test_what_is_ignored_does_not_make_another_call(self):
        later = json.dumps({**self.input, "at": "10:30"})
        self.expect(1, "replay", "--strict", "--input", later)
        found = self.replay(0, "--strict", "--input", later, "--ignore",
                            "/at")
        self.assertEqual({answer["match"] for answer in found["answers"]},
                         {"ignored"})
        other = json.dumps({"case": "e-2", "at": "10:30"})
        result = self.expect(1, "replay", "--strict", "--input", other,
                             "--ignore", "/at")
        self.assertIn('/case: "e-1" -> "e-2"', result.err)

    def typed_plan(self):
        typed = {"$defs": {"time": {"type": "string", "format": "date-time"}},
                 "properties": {
                     "at": {"$ref": "#/$defs/time"},
                     "seen": {"items": {"anyOf": [
                         {"$ref": "#/$defs/time"}, {"type": "integer"}]}},
                     "id": {"type": "string", "format": "uuid"}}}
        self.write("typed.json", plan(
            {"labs": agent("good", input=typed), "notes": agent("note")}))
        self.input = {"case": "e-1", "at": "2026-01-31T09:00:00Z",
                      "seen": ["2026-01-30T09:00:00Z", 7],
                      "id": "01234567-89ab-cdef-0123-456789abcdef"}
        self.expect(0, "run", "typed.json", "--quiet", "--input",
                    json.dumps(self.input))

    def test_what_the_contract_gives_a_format_can_be_ignored(self):
        self.typed_plan()
        later = {**self.input, "at": "2026-02-01T09:00:00Z",
                 "seen": ["2026-02-02T09:00:00Z", 7]}

        def ignoring(status, document, *formats):
            names = [word for name in formats
                     for word in ("--ignore", f"format:{name}")]
            return self.expect(status, "replay", "--strict", "--json",
                               "--input", json.dumps(document), "--stub",
                               "notes=note.json", *names)
        self.write("note.json", '{"note": "fine"}')
        self.assertIn("/at: ", ignoring(1, later).err)
        found = ignoring(0, later, "date-time").json()
        self.assertEqual([(a["call"], a["match"]) for a in found["answers"]],
                         [("gather/labs@1/call:1", "ignored")])
        other = {**later, "id": "11234567-89ab-cdef-0123-456789abcdef"}
        ignoring(1, other, "date-time")
        ignoring(0, other, "date-time", "uuid")
        ignoring(1, {**later, "case": "e-2"}, "date-time", "uuid")
        ignoring(1, {**later, "seen": [7, 7]}, "date-time")

    def test_a_format_that_no_contract_has_is_told(self):
        self.typed_plan()
        self.assertIn("no agent's input contract", self.expect(
            2, "replay", "--ignore", "format:date").err)
        self.expect(0, "replay", "--ignore", "format:date-time", "--quiet")

    def test_an_agent_can_be_stubbed(self):
        self.write("answer.json", '{"answer": 7}')
        output = json.loads(self.expect(
            0, "replay", "--quiet", "--stub", "labs=answer.json").out)
        self.assertEqual(output["labs"], {"answer": 7})
        self.assertEqual(output["notes"], {"note": "fine"})

    def test_recordings_that_nothing_asked_for_are_told(self):
        self.write("answer.json", '{"answer": 7}')
        self.assertEqual(self.replay(0)["unused"], [])
        found = self.replay(0, "--stub", "labs=answer.json")
        self.assertEqual(found["unused"], ["gather/labs@1/call:1"])
        text = self.expect(0, "replay", "--stub", "labs=answer.json").err
        self.assertIn("Recorded, and not asked for:\n"
                      "  gather/labs@1/call:1\n", text)

    def test_a_stale_recording_is_told_when_the_plan_changed(self):
        with open(self.path("p.json"), encoding="utf-8") as file:
            document = json.load(file)
        del document["flow"]["parallel"]["notes"]
        del document["agents"]["notes"]
        self.write("less.json", json.dumps(document))
        self.assertEqual(self.replay(0, "--plan", "less.json")["unused"],
                         ["gather/notes@1/call:1"])

    def test_what_is_wrong_on_the_command_line(self):
        self.write("answer.json", '{"answer": 7}')
        self.expect(2, "replay", "--ignore", "at")
        self.expect(2, "replay", "--ignore", "")
        self.expect(2, "replay", "--stub", "labs")
        self.assertIn("no agent 'x'", self.expect(
            2, "replay", "--stub", "x=answer.json").err)
        self.expect(2, "replay", "--stub", "labs=none.json")


if __name__ == "__main__":
    main()
