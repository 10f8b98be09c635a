#!/usr/bin/env python3
"""reprise check, --help, --version and what happens to bad command lines."""
import json
import os
import subprocess

from cli_support import Case, main

SCHEMA = {
    "type": "object",
    "required": ["code"],
    "properties": {"a": {"$ref": "part.json"}, "when": {"format": "date"}},
}


class Program(Case):
    def test_version_is_one_line(self):
        self.assertRegex(self.expect(0, "--version").out,
                         r"^reprise \d+\.\d+\.\d+\n$")

    def test_help_lists_exit_statuses_and_commands(self):
        out = self.expect(0, "--help").out
        for word in ("check", "137", "degraded", "NO_COLOR"):
            self.assertIn(word, out)

    def test_every_command_has_help_within_80_columns(self):
        overview = self.expect(0, "--help").out
        block = overview.split("Commands:\n")[1].split("\n\n")[0]
        names = [line.split()[0] for line in block.splitlines()]
        self.assertIn("check", names)
        for name in names:
            out = self.expect(0, name, "--help").out
            self.assertTrue(out.startswith(f"usage: reprise {name}"))
            self.assertIn("Exit status", out)
            self.assertLessEqual(max(map(len, out.splitlines())), 80, name)

    def test_no_command_is_a_usage_error(self):
        result = self.expect(2)
        self.assertEqual(result.out, "")
        self.assertIn("usage:", result.err)

    def test_a_misspelt_command_is_told_with_the_nearest(self):
        self.assertIn("did you mean 'check'?", self.expect(2, "chekc").err)

    def test_a_misspelt_option_is_told_with_the_nearest(self):
        self.assertIn("did you mean '--schema'?",
                      self.expect(2, "check", "--shema", "x", "y").err)


class Check(Case):
    def setUp(self):
        super().setUp()
        self.write("schema.json", json.dumps(SCHEMA))
        self.write("part.json", '{"type": "integer"}')
        self.write("good.json", '{"code": 1, "a": 2}')
        self.write("bad.json", '{\n  "a": "x"\n}\n')

    def test_json_is_valid(self):
        self.assertEqual(self.expect(0, "check", "good.json").out,
                         "good.json: valid\n")

    def test_syntax_errors_have_line_column_byte_caret_and_hint(self):
        self.write("cut.json", '{\n  "a": [1,\n')
        out = self.expect(1, "check", "cut.json").out
        self.assertIn("cut.json:3:1: ", out)
        self.assertIn("(byte 13)", out)
        self.assertIn("^", out)
        self.assertIn("cut.json: invalid", out)

    def test_violations_have_pointers_and_a_sentence(self):
        out = self.expect(1, "check", "--schema", "schema.json",
                          "bad.json").out
        self.assertIn("bad.json:2:8: /a: ", out)
        self.assertIn("schema: /properties/a/$ref/type", out)
        self.assertIn("'code'", out)
        self.assertIn("bad.json: invalid, 2 violations", out)

    def test_references_to_files_beside_the_schema_work_from_elsewhere(self):
        os.mkdir(self.path("below"))
        self.expect(0, "check", "--schema", "../schema.json",
                    "../good.json", cwd=self.path("below"))

    def test_a_reference_that_leads_nowhere_is_an_unusable_schema(self):
        self.write("s.json", '{"$ref": "gone.json"}')
        err = self.expect(2, "check", "--schema", "s.json", "good.json").err
        self.assertIn("gone.json", err)
        self.assertIn("cannot be used", err)

    def test_a_schema_that_is_no_schema_is_unusable(self):
        self.write("s.json", '{"type": "objct"}')
        err = self.expect(2, "check", "--schema", "s.json", "good.json").err
        self.assertIn("did you mean 'object'", err)

    def test_formats_are_asserted_on_request_only(self):
        self.write("when.json", '{"code": 1, "when": "soon"}')
        self.expect(0, "check", "--schema", "schema.json", "when.json")
        self.expect(1, "check", "--format", "--schema", "schema.json",
                    "when.json")

    def test_standard_input_is_a_dash(self):
        out = self.expect(0, "check", "--schema", "schema.json", "-",
                          input='{"code": 1}').out
        self.assertEqual(out, "standard input: valid\n")

    def test_standard_input_is_not_read_twice(self):
        self.expect(2, "check", "--schema", "-", "-", input="{}")

    def test_json_result_is_one_document(self):
        result = self.expect(1, "check", "--json", "--schema", "schema.json",
                             "good.json", "bad.json").json()
        self.assertEqual(result["schema"], "reprise.check/1")
        self.assertFalse(result["valid"])
        self.assertEqual([f["verdict"] for f in result["files"]],
                         ["valid", "invalid"])
        second = result["files"][1]["violations"][1]
        self.assertEqual(second["instance"], "/a")
        self.assertEqual(second["keyword"], "type")
        self.assertEqual((second["line"], second["column"]), (2, 8))

    def test_the_worst_of_several_files_decides(self):
        result = self.expect(2, "check", "good.json", "gone.json", "bad.json")
        self.assertIn("good.json: valid", result.out)
        self.assertIn("'gone.json': No such file or directory", result.err)

    def test_files_that_cannot_be_read_are_unusable(self):
        self.assertIn("it is a directory", self.expect(2, "check", ".").err)
        if os.geteuid() == 0:
            self.skipTest("root may read everything")
        self.write("secret.json", "{}", mode=0)
        self.assertIn("Permission denied",
                      self.expect(2, "check", "secret.json").err)

    def test_binary_files_are_invalid_and_shown_harmlessly(self):
        self.write("junk", bytes(range(256)) * 8)
        out = self.expect(1, "check", "junk").out
        self.assertFalse([c for c in out if ord(c) < 32 and c != "\n"])

    def test_a_full_disk_is_told(self):
        with open("/dev/full", "wb") as full:
            result = self.expect(1, "check", "good.json", stdout=full)
        self.assertIn("No space left on device", result.err)

    def test_a_closed_standard_output_is_told(self):
        self.not_under_a_wrapper("it opens descriptors of its own")
        result = self.expect(1, "check", "good.json",
                             preexec_fn=lambda: os.close(1),
                             stdout=subprocess.DEVNULL)
        self.assertIn("cannot write to standard output", result.err)

    def test_a_reader_that_went_away_is_no_noise(self):
        read, write = os.pipe()
        os.close(read)
        result = self.expect(1, "check", "good.json", stdout=write)
        os.close(write)
        self.assertEqual(result.err, "")

    def test_colours_are_off_unless_forced(self):
        plain = self.expect(0, "check", "good.json").out
        self.assertNotIn("\x1b", plain)
        forced = self.expect(0, "check", "good.json",
                             env={"FORCE_COLOR": "1"}).out
        self.assertIn("\x1b[32m", forced)
        refused = self.expect(0, "check", "good.json",
                              env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).out
        self.assertNotIn("\x1b", refused)


if __name__ == "__main__":
    main()
