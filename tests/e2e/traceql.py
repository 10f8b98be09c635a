"""Reads TraceQL as its documentation describes it, as far as dashboards use
it: sets of spans with conditions, structure between sets, and a pipeline.
Raises ValueError where a query leaves that."""
import re

TOKEN = re.compile(r"""\s*(?:
    (?P<text>"(?:[^"\\]|\\.)*") |
    (?P<number>\d+(?:\.\d+)?(?:ns|us|ms|s|m|h)?\b) |
    (?P<name>[A-Za-z_]\w*(?:[:.][A-Za-z_][\w.-]*)?) |
    (?P<sign>&&|\|\||=~|!~|!=|>=|<=|>>|<<|!>|[{}()=<>~|,])
)""", re.X)
COMPARE = ("=", "!=", "=~", "!~", ">", ">=", "<", "<=")
STRUCTURE = ("&&", "||", ">>", "<<", ">", "<", "~")
INTRINSIC = {
    "span": {"name", "kind", "status", "statusMessage", "duration", "id",
             "parentID", "childCount"},
    "trace": {"id", "duration", "rootName", "rootService"},
    "event": {"name", "timeSinceStart"}, "link": {"traceID", "spanID"},
    "instrumentation": {"name", "version"}}
SCOPES = ("span", "resource", "event", "link", "instrumentation")
AGGREGATES = ("count", "avg", "min", "max", "sum")


class Reader:
    def __init__(self, text):
        self.attributes = set()
        self.tokens, at = [], 0
        while text[at:].strip():
            match = TOKEN.match(text, at)
            if match is None:
                raise ValueError(f"what is {text[at:at + 20]!r}?")
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            at = match.end()
        self.at = 0
        self.query()

    def look(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else (
            "end", "")

    def take(self, *wanted):
        kind, word = self.look()
        if word not in wanted and kind not in wanted:
            raise ValueError(f"{word!r} where {wanted} should be")
        self.at += 1
        return word

    def query(self):
        self.sets()
        while self.look()[1] == "|":
            self.take("|")
            self.stage()
        if self.look()[0] != "end":
            raise ValueError(f"{self.look()[1]!r} behind the query")

    def sets(self):
        self.set()
        while self.look()[1] in STRUCTURE:
            self.take(*STRUCTURE)
            self.set()

    def set(self):
        if self.look()[1] == "(":
            self.take("(")
            self.sets()
            self.take(")")
            return
        self.take("{")
        if self.look()[1] != "}":
            self.conditions()
        self.take("}")

    def conditions(self):
        self.condition()
        while self.look()[1] in ("&&", "||"):
            self.take("&&", "||")
            self.condition()

    def condition(self):
        if self.look()[1] == "(":
            self.take("(")
            self.conditions()
            self.take(")")
            return
        self.field()
        operator = self.take(*COMPARE)
        kind, word = self.look()
        if operator in ("=~", "!~") and kind != "text":
            raise ValueError(f"{operator} and no text: {word!r}")
        self.take("text", "number", "true", "false", "nil", "error", "ok",
                  "unset", "client", "server", "internal")

    def field(self):
        name = self.take("name")
        if ":" in name:
            scope, _, intrinsic = name.partition(":")
            if intrinsic not in INTRINSIC.get(scope, ()):
                raise ValueError(f"nothing is called {name}")
            return
        scope, dot, attribute = name.partition(".")
        if not dot or scope not in SCOPES:
            raise ValueError(f"{name} has no scope")
        self.attributes.add(attribute)

    def stage(self):
        word = self.take("select", "by", *AGGREGATES)
        self.take("(")
        if self.look()[1] != ")":
            self.field()
            while self.look()[1] == ",":
                self.take(",")
                self.field()
        elif word != "count":
            raise ValueError(f"{word} of nothing")
        self.take(")")
        if word in AGGREGATES:
            self.take(*COMPARE)
            self.take("number")
