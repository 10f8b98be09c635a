"""What the end-to-end tests of the command line share: a folder of their own
for each test, and the program that REPRISE_BIN names (REPRISE_WRAPPER in front
of it, when set).

Whatever a test recorded verifies: after each test every store in its folder is
verified, and one session that does not fails the test. A test that alters a
store on purpose calls self.leaves_what_does_not_verify() first."""
import json
import os
import shlex
import shutil
import subprocess
import tempfile
import unittest

BIN = os.environ["REPRISE_BIN"]
WRAPPER = shlex.split(os.environ.get("REPRISE_WRAPPER", ""))
TIMEOUT_S = 600  # ends what hangs; far above what a loaded machine needs
STORE_MAGIC, STORE_ID, STORE_ID_AT = b"SQLite format 3\0", b"RPRS", 68
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
        self.altered = False
        self.addCleanup(self.verify_stores)  # after what the test cleans up

    def leaves_what_does_not_verify(self):
        """The test alters a store on purpose; it is held to that, too."""
        self.altered = True

    def stores(self):
        for root, _, names in os.walk(self.dir):
            for name in sorted(names):
                path = os.path.join(root, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    with open(path, "rb") as file:
                        head = file.read(STORE_ID_AT + len(STORE_ID))
                    if head.startswith(STORE_MAGIC) and (
                            head.endswith(STORE_ID)
                            or os.path.exists(path + "-wal")):
                        yield path

    def verify_stores(self):
        """Without the wrapper: it would look at this a hundred times over."""
        bad = []
        for store in self.stores():
            done = subprocess.run(
                [BIN, "verify", "--all", "--jobs", "1", "--store", store],
                cwd=self.dir, env=environment(), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                timeout=TIMEOUT_S)
            if done.returncode != 0:
                bad.append(f"{store} (status {done.returncode})\n"
                           + done.stdout.decode("utf-8", "replace"))
        if self.altered:
            self.assertTrue(bad, "what was altered verifies")
        else:
            self.assertFalse(bad, "\n".join(
                ["what this test recorded does not verify:", *bad]))

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
