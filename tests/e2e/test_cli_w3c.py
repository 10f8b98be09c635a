#!/usr/bin/env python3
"""W3C Trace Context level 2 and Baggage, from the environment of `reprise run`
to that of workers."""
import json
import sqlite3

from cli_support import Case, main

TRACE = "12345678901234567890123456789012"
SPAN = "1234567890123456"
PARENT = f"00-{TRACE}-{SPAN}-01"
WORKER = """#!/usr/bin/env python3
import json, os
print(json.dumps({name: os.environ[name] for name in
                  ("TRACEPARENT", "TRACESTATE", "BAGGAGE", "traceparent")
                  if name in os.environ}))
"""


class Context(Case):
    def setUp(self):
        super().setUp()
        self.write("tell", WORKER, 0o755)
        self.write("plan.json", json.dumps({
            "reprise": 1, "name": "tell",
            "agents": {"a": {"exec": ["./tell"]}, "b": {"exec": ["./tell"]}},
            "flow": {"id": "both",
                     "parallel": {"a": {"agent": "a"}, "b": {"agent": "b"}}}}))

    def told(self, **env):
        """What the two workers of a run find in their environment."""
        outputs = self.expect(0, "run", "plan.json", env=env).json()
        return outputs["a"], outputs["b"]

    def column(self, name):
        store = sqlite3.connect(self.path(".reprise/store.db"))
        try:
            return store.execute(
                f"SELECT {name} FROM session ORDER BY no DESC").fetchone()[0]
        finally:
            store.close()

    def assert_new(self, env):
        version, trace, span, flags = env["TRACEPARENT"].split("-")
        self.assertEqual((version, flags), ("00", "03"))
        self.assertNotEqual(trace, TRACE)
        self.assertRegex(trace, "^[0-9a-f]{32}$")
        self.assertRegex(span, "^[0-9a-f]{16}$")
        self.assertNotIn("TRACESTATE", env)
        return trace, span

    def test_without_a_caller_the_trace_is_new_random_and_sampled(self):
        (one, first), (two, second) = map(self.assert_new, self.told())
        self.assertEqual(one, two)
        self.assertNotEqual(first, second)

    def test_a_caller_is_joined_and_each_worker_has_its_own_parent(self):
        a, b = self.told(TRACEPARENT=PARENT, TRACESTATE="foo=1 ,bar=2",
                         BAGGAGE="user=7, bad member,team=red;ttl=3")
        for env in (a, b):
            self.assertEqual(env["TRACESTATE"], "foo=1,bar=2")
            self.assertEqual(env["BAGGAGE"], "user=7,team=red;ttl=3")
            self.assertTrue(env["TRACEPARENT"].startswith(f"00-{TRACE}-"))
            self.assertTrue(env["TRACEPARENT"].endswith("-01"))
            self.assertNotIn(SPAN, env["TRACEPARENT"][3 + 32:])
        self.assertNotEqual(a["TRACEPARENT"], b["TRACEPARENT"])
        self.assertEqual(self.column("hex(parent_span)"), SPAN)

    def test_flags_are_passed_on_as_they_came(self):
        for flags, passed in (("00", "00"), ("02", "02"), ("03", "03"),
                              ("fd", "01")):
            a, _ = self.told(TRACEPARENT=PARENT[:-2] + flags)
            self.assertTrue(a["TRACEPARENT"].endswith("-" + passed), flags)

    def test_a_malformed_parent_begins_a_new_trace_without_state(self):
        for bad in (PARENT[:-1], PARENT + "-", "ff" + PARENT[2:],
                    f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{'0' * 16}-01",
                    PARENT.replace("1234", "ABCD", 1), ""):
            for env in self.told(TRACEPARENT=bad, TRACESTATE="foo=1"):
                self.assert_new(env)

    def test_a_malformed_state_does_not_affect_the_parent(self):
        many = ",".join(f"k{i}=v" for i in range(33))
        for bad in ("foo=1,BAR=2", "foo", "foo=", many, "z" * 257 + "=1"):
            a, _ = self.told(TRACEPARENT=PARENT, TRACESTATE=bad)
            self.assertTrue(a["TRACEPARENT"].startswith(f"00-{TRACE}-"))
            self.assertNotIn("TRACESTATE", a)

    def test_names_in_lower_case_are_not_ours(self):
        for env in self.told(traceparent=PARENT, tracestate="foo=1"):
            self.assert_new(env)
            self.assertNotIn("traceparent", env)

    def test_propagators_can_be_turned_off(self):
        env = {"TRACEPARENT": PARENT, "TRACESTATE": "foo=1",
               "BAGGAGE": "user=7"}
        a, _ = self.told(OTEL_PROPAGATORS="none", **env)
        self.assert_new(a)
        self.assertNotIn("BAGGAGE", a)
        a, _ = self.told(OTEL_PROPAGATORS="baggage", **env)
        self.assert_new(a)
        self.assertEqual(a["BAGGAGE"], "user=7")

    def test_the_recording_is_whole_and_verifies(self):
        self.told(TRACEPARENT=PARENT, BAGGAGE="user=7")
        self.expect(0, "verify")

    def test_what_runs_again_is_no_part_of_the_first_callers_trace(self):
        self.told(TRACEPARENT=PARENT, TRACESTATE="foo=1", BAGGAGE="user=7")
        self.expect(0, "replay", "--record")
        self.assertIsNone(self.column("parent_span"))
        self.assertEqual(self.column("tracestate || baggage"), "")
        self.assertEqual(self.column("lower(hex(source_trace))"), TRACE)
        self.assertNotEqual(self.column("lower(hex(trace))"), TRACE)


if __name__ == "__main__":
    main()
