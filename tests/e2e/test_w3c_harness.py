#!/usr/bin/env python3
"""W3C's own test of Trace Context, level 2, strict: a service that joins what
it is called with, and calls on, where all that it knows of the standard is
what `reprise run` tells its workers."""
import http.client
import http.server
import json
import os
import re
import subprocess
import threading
import urllib.parse
import uuid

import peers
from cli_support import Case, main

CASES = 41
HEADERS = {"traceparent": "TRACEPARENT", "tracestate": "TRACESTATE"}


class Harness(Case):
    def test_every_case_of_level_2_holds_strictly(self):
        done = self.judge()
        self.assertEqual(done.returncode, 0, done.stderr)
        ran, = re.findall(r"^Ran (\d+) tests", done.stderr, re.MULTILINE)
        self.assertEqual(int(ran), CASES, done.stderr)
        self.assertRegex(done.stderr, r"(?m)^OK$")  # none was skipped
        self.assertEqual(self.troubles, [])

    def test_it_notices_a_program_that_joins_no_caller(self):
        done = self.judge("AdvancedTest", OTEL_PROPAGATORS="none")
        self.assertIn("FAILED (failures=1)", done.stderr)
        self.assertEqual(self.troubles, [])

    def judge(self, *cases, **env):
        """What the harness says of the service."""
        self.not_under_a_wrapper("many short runs")
        harness = peers.w3c_harness()
        python = peers.python_of_peers()
        port, = peers.free_ports(1)
        return subprocess.run(
            [python, "-B", "test.py", self.serve(env), *cases], cwd=harness,
            env={**os.environ, "SPEC_LEVEL": "2", "STRICT_LEVEL": "2",
                 "HARNESS_PORT": str(port), "HARNESS_TIMEOUT": "300"},
            capture_output=True, text=True, check=False)

    def serve(self, env):
        """Only the HTTP of it."""
        case = self
        self.env = env
        self.troubles = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                try:
                    case.call_all(self.headers, json.loads(self.rfile.read(
                        int(self.headers["content-length"]))))
                    self.send_response(200)
                except Exception as trouble:  # the harness cannot tell it
                    case.troubles.append(repr(trouble))
                    self.send_response(500)
                self.end_headers()

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True,
                         kwargs={"poll_interval": 0.02}).start()
        return f"http://127.0.0.1:{server.server_port}/test"

    def call_all(self, headers, calls):
        given = dict(self.env)
        for header, variable in HEADERS.items():
            values = headers.get_all(header)
            if values is not None:  # as HTTP joins what comes again
                given[variable] = ",".join(values).encode("latin-1")
        for call, told in zip(calls, self.told(len(calls), given)):
            url = urllib.parse.urlsplit(call["url"])
            connection = http.client.HTTPConnection(url.netloc,
                                                    timeout=300)
            connection.request("POST", url.path, json.dumps(
                call["arguments"]), {
                    "content-type": "application/json",
                    **{header: told[variable]
                       for header, variable in HEADERS.items()
                       if variable in told}})
            connection.getresponse().read()
            connection.close()

    def told(self, count, given):
        """The environments of so many workers of one session."""
        if count == 0:
            return []
        names = [f"worker{number}" for number in range(count)]
        plan = f"{uuid.uuid4()}.json"  # two may be asked for at a time
        self.write(plan, json.dumps({
            "reprise": 1, "name": "tell",
            "agents": {"env": {"exec": ["env"], "stdout": "text"}},
            "flow": {"id": "all", "parallel": {
                name: {"agent": "env"} for name in names}}}))
        outputs = self.expect(0, "run", plan, "--quiet",
                              env=given).json()
        return [dict(line.split("=", 1) for line in
                     outputs[name].splitlines()) for name in names]


if __name__ == "__main__":
    main()
