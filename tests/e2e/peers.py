"""Real programs of others, for tests: found where scripts/peers puts them,
started on free ports of the loopback, ended by their pid.

A wait ends when what it is for has happened. Its limit only ends what hangs: it
is far above what a loaded machine needs."""
import json
import os
import shutil
import socket
import subprocess
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

READY_S = 300
ANSWER_S = 120
# For what sends to them: nothing is given up and sent twice.
PATIENT = {"OTEL_EXPORTER_OTLP_TIMEOUT": "120000",
           "OTEL_BSP_EXPORT_TIMEOUT": "300000"}


def home():
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.environ.get("REPRISE_PEERS") or os.path.join(
        cache, "reprise-peers")


def find(folder, name):
    """The path of a program, or the test is skipped with the reason."""
    path = os.path.join(home(), folder, name)
    path = path if os.access(path, os.X_OK) else shutil.which(name)
    if path is None:
        raise unittest.SkipTest(f"no {name} (scripts/peers {folder})")
    return path


def python_of_peers():
    path = os.path.join(home(), "python", "bin", "python")
    if not os.path.exists(os.path.join(home(), "python", "stamp")):
        raise unittest.SkipTest("no OpenTelemetry for Python "
                                "(scripts/peers python)")
    return path


def w3c_harness():
    """The folder of W3C's own test of trace context."""
    path = os.path.join(home(), "w3c", "test")
    if not os.path.exists(os.path.join(path, "test.py")):
        raise unittest.SkipTest("no test of W3C (scripts/peers w3c)")
    return path


KEPT = []  # until the test program ends


def bound(port=0):
    item = socket.socket()
    item.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    item.bind(("127.0.0.1", port))
    return item


def free_ports(count):
    """Nobody is given them meanwhile: each is bound here, where nobody listens,
    so that only who names it and reuses addresses, as servers do, gets it."""
    ports = []
    for _ in range(count):
        item = bound()
        KEPT.append(item)
        ports.append(item.getsockname()[1])
        try:
            with bound(ports[-1]) as server:
                server.listen()
        except OSError:  # where that does not hold a port is only found
            item.close()
    return ports


def get(url):
    with urllib.request.urlopen(url, timeout=ANSWER_S) as answer:
        return answer.read()


def wait_until(question, what, limit_s=READY_S):
    """Asks again and again; gives the first answer that is true."""
    deadline = time.monotonic() + limit_s
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {limit_s} s for {what}")
        time.sleep(0.05)


class Refused(Exception):
    """What a peer says of a question."""


class Peer:
    """A program that runs until the test is over."""

    def __init__(self, case, argv, env=None):
        self.log = open(case.path(os.path.basename(argv[0]) + ".log"), "wb")
        self.process = subprocess.Popen(
            argv, cwd=case.dir, stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log, env={**os.environ, **(env or {})})
        case.addCleanup(self.end)

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        self.log.close()

    def listens(self, port):
        if self.process.poll() is not None:
            with open(self.log.name, encoding="utf-8") as log:
                raise AssertionError("it ended: " + log.read()[-2000:])
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", port)) == 0


class Collector(Peer):
    """OpenTelemetry's, which writes what it gets to a file."""

    def __init__(self, case, signals=("traces",), **output):
        program = find("otelcol", "otelcol")
        self.http, self.grpc = free_ports(2)
        self.file = case.path("collected.jsonl")
        config = {
            "receivers": {"otlp": {"protocols": {
                "http": {"endpoint": f"127.0.0.1:{self.http}"},
                "grpc": {"endpoint": f"127.0.0.1:{self.grpc}"}}}},
            "exporters": {"file": {"path": self.file, **output,
                                   "flush_interval": "50ms"}},
            "service": {"telemetry": {"metrics": {"level": "none"}},
                        "pipelines": {name: {"receivers": ["otlp"],
                                             "exporters": ["file"]}
                                      for name in signals}}}
        case.write("collector.yaml", json.dumps(config))
        super().__init__(case, [program, "--config", "collector.yaml"])
        wait_until(lambda: self.listens(self.http) and
                   self.listens(self.grpc), "the collector")

    def documents(self, count):
        """All it has, at least so many spans."""
        return wait_until(lambda: self.have(count), f"{count} spans")

    def lines(self):
        with open(self.file, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines if line.endswith("\n")]

    def have(self, count):
        found = self.lines()
        return found if count_of(found) >= count else None


class Jaeger(Peer):
    """All in one, in memory."""

    def __init__(self, case):
        program = find("jaeger", "jaeger")
        self.http, self.grpc, self.query, query_grpc = free_ports(4)
        local = "127.0.0.1"
        config = {
            "service": {
                "extensions": ["jaeger_storage", "jaeger_query"],
                "pipelines": {"traces": {
                    "receivers": ["otlp"],
                    "exporters": ["jaeger_storage_exporter"]}},
                "telemetry": {"metrics": {"level": "none"},
                              "logs": {"level": "warn"}}},
            "extensions": {
                "jaeger_storage": {"backends": {
                    "mem": {"memory": {"max_traces": 100000}}}},
                "jaeger_query": {
                    "storage": {"traces": "mem"},
                    "http": {"endpoint": f"{local}:{self.query}"},
                    "grpc": {"endpoint": f"{local}:{query_grpc}"}}},
            "receivers": {"otlp": {"protocols": {
                "http": {"endpoint": f"{local}:{self.http}"},
                "grpc": {"endpoint": f"{local}:{self.grpc}"}}}},
            "exporters": {"jaeger_storage_exporter": {
                "trace_storage": "mem"}}}
        case.write("jaeger.yaml", json.dumps(config))
        super().__init__(case, [program, "--config", "jaeger.yaml"],
                         {"OTEL_TRACES_SAMPLER": "always_off"})
        wait_until(lambda: self.listens(self.http) and
                   self.listens(self.grpc) and self.listens(self.query),
                   "Jaeger")

    def ask(self, path):
        try:
            return json.loads(get(f"http://127.0.0.1:{self.query}{path}"))
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def documents(self, trace, count):
        """What its API of version 3 says of a trace, so many spans."""
        def ask():
            answer = self.ask(f"/api/v3/traces/{trace}")
            found = [] if answer is None else [answer["result"]]
            return found if count_of(found) >= count else None
        return wait_until(ask, f"{count} spans in Jaeger")


class JaegerAsShipped(Jaeger):
    """With dashboards/jaeger/jaeger.yaml as it is, on ports of its own."""

    def __init__(self, case, folder, metrics="http://127.0.0.1:9"):
        program = find("jaeger", "jaeger")
        (self.http, self.grpc, self.query, query_grpc, health,
         self.span_metrics) = free_ports(6)
        settings = {
            "receivers.otlp.protocols.http.endpoint": self.http,
            "receivers.otlp.protocols.grpc.endpoint": self.grpc,
            "extensions.jaeger_query.http.endpoint": self.query,
            "extensions.jaeger_query.grpc.endpoint": query_grpc,
            "extensions.healthcheckv2.http.endpoint": health,
            "exporters.prometheus.endpoint": self.span_metrics}
        argv = [program, "--config", os.path.join(folder, "jaeger.yaml"),
                "--set=extensions.jaeger_query.ui.config_file=" +
                os.path.join(folder, "ui.json"),
                "--set=extensions.jaeger_storage.metric_backends.metrics."
                f"prometheus.endpoint={metrics}",
                "--set=connectors.spanmetrics.metrics_flush_interval=5s"]
        argv += [f"--set={name}=127.0.0.1:{port}"
                 for name, port in settings.items()]
        Peer.__init__(self, case, argv, {"OTEL_TRACES_SAMPLER": "always_off"})
        wait_until(lambda: all(map(self.listens, (
            self.http, self.grpc, self.query, self.span_metrics))), "Jaeger")


class Prometheus(Peer):
    """With a configuration of the test's."""

    def __init__(self, case, config, port):
        program = find("prometheus", "prometheus")
        self.port = port
        super().__init__(case, [
            program, f"--config.file={config}",
            f"--storage.tsdb.path={case.path('prometheus')}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--enable-feature=exemplar-storage"])
        wait_until(lambda: self.listens(port), "Prometheus")
        wait_until(self.ready, "Prometheus to be ready")

    def ready(self):
        try:
            return get(f"http://127.0.0.1:{self.port}/-/ready")
        except urllib.error.HTTPError:
            return False

    def ask(self, path, **values):
        """What it answers, or the reason why it refuses."""
        url = (f"http://127.0.0.1:{self.port}/api/v1/{path}?" +
               urllib.parse.urlencode(values))
        try:
            return json.loads(get(url))["data"]
        except urllib.error.HTTPError as error:
            raise Refused(f"{values}: {error.read().decode()}") from None

    def query(self, expression, **values):
        return self.ask("query", query=expression, **values)["result"]


def count_of(documents):
    return sum(len(scope["spans"]) for document in documents
               for resource in document["resourceSpans"]
               for scope in resource["scopeSpans"])
