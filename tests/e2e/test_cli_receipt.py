#!/usr/bin/env python3
"""receipt: what a recording is, and whether it still is."""
import json
import sqlite3

from cli_plans import write_all
from cli_support import Case, main


class Receipt(Case):
    def setUp(self):
        super().setUp()
        write_all(self)
        self.expect(0, "run", "ok.json", "--quiet")
        self.expect(1, "run", "failed.json", "--quiet")
        self.ids = [json.loads(line)["session"] for line in
                    self.expect(0, "ls", "--json").out.splitlines()]

    def take(self):
        out = self.expect(0, "receipt", *self.ids).out
        self.write("receipts.jsonl", out)
        return [json.loads(line) for line in out.splitlines()]

    def test_it_meets_its_schema_and_is_the_same_each_time(self):
        receipts = self.take()
        self.assertEqual([r["session"] for r in receipts], self.ids)
        self.assertEqual(receipts, self.take())
        self.write("schema.json", self.expect(0, "schema", "receipt").out)
        for number, receipt in enumerate(receipts):
            self.write(f"{number}.json", json.dumps(receipt))
            self.expect(0, "check", "--format", "--schema", "schema.json",
                        f"{number}.json")

    def test_a_session_is_what_its_receipt_says(self):
        self.take()
        result = self.expect(0, "receipt", "--check", "receipts.jsonl")
        self.assertEqual(result.err.count("is what its receipt says"), 2)

    def test_in_a_bundle_it_is_the_same(self):
        self.take()
        self.expect(0, "bundle", *self.ids, "-o", "a.bundle")
        self.expect(0, "receipt", "--check", "receipts.jsonl", "a.bundle",
                    "--store", "none.db")

    def test_each_member_of_a_receipt_counts(self):
        receipt = self.take()[0]
        for name, value in receipt.items():
            changed = dict(receipt)
            if isinstance(value, bool):
                changed[name] = not value
            elif isinstance(value, int):
                changed[name] = value + 1
            elif isinstance(value, list):
                changed[name] = value[1:]
            else:
                changed[name] = "0" * len(value)
            if name in ("session", "made_by"):
                continue
            self.write("changed.json", json.dumps(changed))
            result = self.expect(1, "receipt", "--check", "changed.json")
            self.assertIn(f"'{name}' differs", result.err)
        del changed["chain"]
        self.write("changed.json", json.dumps(changed))
        self.expect(1, "receipt", "--check", "changed.json")

    def test_what_was_altered_gets_none_and_fails_its_check(self):
        self.leaves_what_does_not_verify()
        self.take()
        db = sqlite3.connect(self.path(".reprise", "store.db"))
        db.execute("UPDATE record SET body = replace(body, 'exited', "
                   "'spawn') WHERE no >> 24 = 1")
        db.commit()
        db.close()
        self.expect(1, "receipt", self.ids[1])
        result = self.expect(1, "receipt", "--check", "receipts.jsonl")
        self.assertIn("does not verify", result.err)
        self.assertIn("is what its receipt says", result.err)

    def test_what_is_wrong_on_the_command_line(self):
        self.take()
        self.expect(2, "receipt", "ZZZZZZ")
        self.expect(2, "receipt", "--check", "none.json")
        self.expect(2, "receipt", "--check", "ok.json")
        self.write("empty.json", "\n")
        self.expect(2, "receipt", "--check", "empty.json")
        self.expect(2, "receipt", self.ids[0], "--check", "receipts.jsonl")


if __name__ == "__main__":
    main()
