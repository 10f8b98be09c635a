#!/usr/bin/env python3
"""Every document for programs is what its JSON Schema says, and has no member
that the schema does not name: of sessions that failed, were resumed, disagree,
and were replayed."""
import json

from cli_plans import agent, write_all
from cli_support import Case, main

FACTS = '#!/bin/sh\ncat >/dev/null\nprintf \'%s\\n\'\n' % json.dumps(
    {"facts": [{"key": "drug", "value": "VALUE"}], "used": ["a", "gone"]})


def deref(schema, root):
    while isinstance(schema, dict) and "$ref" in schema:
        at = root
        for name in schema["$ref"].split("/")[1:]:
            at = at[name]
        schema = {**at, **{k: v for k, v in schema.items() if k != "$ref"}}
    return schema if isinstance(schema, dict) else {}


def parts(schema, root):
    """Members by name, the schema of others or None, and those of items."""
    schema = deref(schema, root)
    members, rest = dict(schema.get("properties", {})), None
    items = [schema["items"]] if "items" in schema else []
    if isinstance(schema.get("additionalProperties"), dict):
        rest = schema["additionalProperties"]
    for word in ("allOf", "anyOf", "oneOf"):
        for one in schema.get(word, []):
            more, other, their = parts(one, root)
            members.update(more)
            rest = other if rest is None else rest
            items += their
    return members, rest, items


def unnamed(value, schema, root, at=""):
    """Places of members that the schema does not name."""
    members, rest, items = parts(schema, root)
    if isinstance(value, list):
        for one in value:
            for item in items:
                yield from unnamed(one, item, root, at + "[]")
    elif isinstance(value, dict) and (members or rest is not None):
        for name, one in value.items():
            if name in members:
                yield from unnamed(one, members[name], root, f"{at}/{name}")
            elif rest is not None:
                yield from unnamed(one, rest, root, f"{at}/*")
            else:
                yield f"{at}/{name}"


class Schemas(Case):
    def setUp(self):
        super().setUp()
        write_all(self)

    def holds(self, name, text):
        schema = json.loads(self.expect(0, "schema", name).out)
        self.write(f"{name}.schema", json.dumps(schema))
        lines = [t for t in text.splitlines() if t.startswith("{")]
        self.assertTrue(lines)
        for i, line in enumerate(lines):
            self.assertEqual(
                sorted(set(unnamed(json.loads(line), schema, schema))), [])
            self.write(f"{name}{i}.json", line)
        self.expect(0, "check", "--format", "--schema", f"{name}.schema",
                    *(f"{name}{i}.json" for i in range(len(lines))))

    def run_all(self):
        """Prints of runs that end in many ways; the events they told."""
        facts = {"at": "/facts", "key": "/key", "value": "/value"}
        for name in "ab":
            self.write(name, FACTS.replace("VALUE", name), 0o755)
        self.write("disagree.json", json.dumps({
            "reprise": 1, "name": "disagree",
            "agents": {n: agent(n) for n in "ab"},
            "flow": {"sequence": [
                {"id": "both", "parallel": {n: {"agent": n} for n in "ab"},
                 "aggregate": {"facts": facts}},
                {"id": "sum", "agent": "a", "role": "synthesis",
                 "cites": "/used", "input": {"from": "both"}}]}}))
        out, events = "", ""
        for args in (("ok.json",), ("degraded.json",), ("failed.json",),
                     ("disagree.json",),
                     ("degraded.json", "--fault", "labs : kill"),
                     ("ok.json", "--fault", "orchestrator [2] : crash")):
            result = self.run_it("run", *args, "--envelope", "--progress",
                                 "json")
            out, events = out + result.out, events + result.err
        result = self.expect(0, "resume", "--envelope", "--progress", "json")
        self.assertIn('"event":"resumed"', result.err)
        return out + result.out, events + result.err

    def test_runs_and_their_events(self):
        out, events = self.run_all()
        self.holds("run", out)
        self.holds("event", events)
        for word in ("conflict", "synthesis", "missing", "rejected"):
            self.assertIn(f'"event":"{word}"', events)

    def test_sessions(self):
        self.run_all()
        ls = self.expect(0, "ls", "--json").out
        self.holds("ls", ls)
        ids = [json.loads(line)["session"] for line in ls.splitlines()]
        self.holds("show", "".join(self.expect(0, "show", "--json", i).out
                                   for i in ids))
        self.holds("receipt", self.expect(0, "receipt", *ids).out)
        self.holds("verify", self.expect(0, "verify", "--all", "--json").out)
        self.holds("diff", self.expect(1, "diff", "--json", *ids[:2]).out)
        self.holds("replay", "".join(
            self.run_it("replay", "--json", i, "--fault", "labs : hang").out
            for i in ids))


if __name__ == "__main__":
    main()
