"""What the end-to-end tests of the command line share: a folder of their own
for each test, and the program that REPRISE_BIN names (REPRISE_WRAPPER in front
of it, when set)."""
import json
import os
import shlex
import shutil
import subprocess
import tempfile
import unittest

BIN = os.environ["REPRISE_BIN"]
WRAPPER = shlex.split(os.environ.get("REPRISE_WRAPPER", ""))
TIMEOUT_S = 60
# What would make outputs differ from machine to machine.
UNSET = ("NO_COLOR", "FORCE_COLOR", "REPRISE_STORE", "TRACEPARENT",
         "TRACESTATE", "BAGGAGE", "OTEL_PROPAGATORS", "LC_ALL", "LC_CTYPE")


def environment(**extra):
    env = {k: v for k, v in os.environ.items() if k not in UNSET}
    env.update(LANG="C.UTF-8", TERM="xterm")
    env.update(extra)
    return env


class Result:
    """Status, standard output and standard error of a run."""

    def __init__(self, process, out, err):
        self.status = process.returncode
        self.out_bytes = out
        self.out = out.decode("utf-8", "replace")
        self.err = err.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.out)


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.dir = os.path.realpath(tempfile.mkdtemp(prefix="reprise-cli-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def not_under_a_wrapper(self, why):
        """What is in front of the program would be seen instead of it."""
        if WRAPPER:
            self.skipTest(f"{WRAPPER[0]} is in front of the program: {why}")

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def words_of(self, name):
        """Of a file that workers write to; none as long as none did."""
        if not os.path.exists(self.path(name)):
            return []
        with open(self.path(name), encoding="utf-8") as file:
            return file.read().split()

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(path, mode)
        return path

    def start(self, *args, env=None, **options):
        options.setdefault("cwd", self.dir)
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen([*WRAPPER, BIN, *args],
                                env=environment(**(env or {})), **options)

    def run_it(self, *args, input=None, **options):
        if input is not None:
            options["stdin"] = subprocess.PIPE
        process = self.start(*args, **options)
        try:
            out, err = process.communicate(
                input.encode() if isinstance(input, str) else input,
                timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        return Result(process, out or b"", err or b"")

    def expect(self, status, *args, **options):
        result = self.run_it(*args, **options)
        self.assertEqual(
            result.status, status,
            f"reprise {' '.join(args)}\n{result.out}{result.err}")
        self.assertNotIn("Sanitizer", result.err)
        self.assertNotIn("runtime error", result.err)
        return result


def children(pid):
    """Of a process, none when it is gone."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children",
                  encoding="ascii") as file:
            return [int(word) for word in file.read().split()]
    except FileNotFoundError:
        return []


def main():
    unittest.main(verbosity=1)
