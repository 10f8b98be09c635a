"""What OTLP has to say of the sessions of a store, worked out from its tables
alone, and what documents of OTLP say, in the same form: so that each can be
held against the other, every field of every span."""
import hmac
import json
import os
import sqlite3
import subprocess

SCHEMA_URL = "https://opentelemetry.io/schemas/gen-ai-dev/1.42.0-dev"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
AGGREGATE = 4
DIGESTS = (".digest", ".fault.before", ".fault.after")
SAMPLED, RANDOM, KNOWN, REMOTE = 0x1, 0x2, 0x100, 0x200


# ---- of a store ----

def kind_of(value):
    """As an AnyValue is: the type counts, 1 is not 1.0."""
    if isinstance(value, bool):
        return ("boolValue", value)
    if isinstance(value, int):
        return ("intValue", value)
    if isinstance(value, float):
        return ("doubleValue", repr(value))
    if isinstance(value, list):
        return ("arrayValue", [kind_of(item) for item in value])
    return ("stringValue", value)


def key_of(db):
    """What digests leave the store with."""
    key, = db.execute("SELECT key FROM digest_key").fetchone()
    return key


def keyed(key, digest):
    return hmac.new(key, bytes.fromhex(digest), "sha256").hexdigest()


def stored_attributes(key, text, limit=None):
    """(those within the limit, how many are not)"""
    items = [(name, keyed(key, value) if name.endswith(DIGESTS) else value)
             for name, value in json.loads(text).items()]
    kept = items if limit is None else items[:limit]
    return ({name: kind_of(value) for name, value in kept},
            len(items) - len(kept))


def resource_of_here(program, **more):
    system = os.uname()
    version = subprocess.run([program, "--version"], capture_output=True,
                             check=True, text=True).stdout.split()[-1]
    return {name: ("stringValue", value) for name, value in {
        "service.name": "reprise", "service.version": version,
        "host.name": system.nodename,
        "host.arch": ARCHITECTURES.get(system.machine, system.machine),
        "os.type": "linux", "os.name": system.sysname,
        "os.version": system.release, "telemetry.sdk.name": "reprise",
        "telemetry.sdk.language": "c", "telemetry.sdk.version": version,
        **more}.items()}


class Limits:
    """Of OpenTelemetry, as the environment would set them."""

    def __init__(self, attributes=None, events=None, links=None,
                 of_events=None, of_links=None):
        self.attributes, self.events, self.links = attributes, events, links
        self.of_events, self.of_links = of_events, of_links

    def environment(self):
        names = {"SPAN_ATTRIBUTE": self.attributes, "SPAN_EVENT": self.events,
                 "SPAN_LINK": self.links, "EVENT_ATTRIBUTE": self.of_events,
                 "LINK_ATTRIBUTE": self.of_links}
        return {f"OTEL_{name}_COUNT_LIMIT": str(limit)
                for name, limit in names.items() if limit is not None}


def stored(path, resource, limits=Limits()):
    """All spans that ended, by their ids."""
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    spans = {}
    for row in db.execute(
            "SELECT x.*, lower(hex(x.id)) AS span_id, lower(hex(coalesce("
            "p.id, s.parent_span))) AS parent_id, lower(hex(s.trace)) AS "
            "trace_id, s.tracestate, s.sampled, s.trace_random, p.id IS NULL "
            "AND s.parent_span IS NOT NULL AS remote FROM span x "
            "JOIN session s ON s.no = x.no >> 20 LEFT JOIN span p "
            "ON p.no = (x.no >> 20 << 20 | x.parent) "
            "WHERE x.end_ns IS NOT NULL"):
        spans[row["span_id"]] = stored_span(db, row, resource, limits)
    db.close()
    return spans


def stored_span(db, row, resource, limits):
    flags = (KNOWN | (SAMPLED if row["sampled"] else 0) |
             (RANDOM if row["trace_random"] else 0))
    start, end = row["start_ns"], row["end_ns"]
    if start == end:  # takes a nanosecond: a merge before, all else after
        start, end = ((start - 1, end) if row["role"] == AGGREGATE
                      else (start, end + 1))
    key = key_of(db)
    attributes, dropped = stored_attributes(key, row["attributes"],
                                            limits.attributes)
    events = db.execute("SELECT at_ns, name, attributes FROM span_event "
                        "WHERE span = ? ORDER BY n", (row["no"],)).fetchall()
    links = db.execute("SELECT lower(hex(trace)), lower(hex(target)), "
                       "attributes FROM span_link WHERE span = ? ORDER BY n",
                       (row["no"],)).fetchall()
    kept_events = events[:limits.events]
    kept_links = links[:limits.links]
    return {
        "resource": resource, "resource dropped": 0, "resource schema": "",
        "scope": ("reprise", resource["service.version"][1], {}, 0),
        "schema": SCHEMA_URL, "trace": row["trace_id"],
        "state": row["tracestate"], "parent": row["parent_id"] or "",
        "flags": flags | (REMOTE if row["remote"] else 0),
        "name": row["name"], "kind": row["kind"], "start": start, "end": end,
        "attributes": attributes, "attributes dropped": dropped,
        "events": [(at_ns, name, *stored_attributes(
            key, text, limits.of_events))
                   for at_ns, name, text in kept_events],
        "events dropped": len(events) - len(kept_events),
        "links": [(trace, target, "", *stored_attributes(
            key, text, limits.of_links), flags | (
                REMOTE if trace != row["trace_id"] else 0))
            for trace, target, text in kept_links],
        "links dropped": len(links) - len(kept_links),
        "status": (row["status"], row["message"] or "")}


# ---- of documents ----

def value_of(value):
    if not value:
        return ("nothing", None)
    (kind, content), = value.items()
    if kind == "intValue":
        return (kind, int(content))
    if kind == "doubleValue":  # as text: NaN is not itself, and 0.0 is -0.0
        return (kind, repr(float(content)))
    if kind == "arrayValue":
        return (kind, [value_of(item) for item in content.get("values", [])])
    if kind == "kvlistValue":
        return (kind, attributes_of(content.get("values")))
    return (kind, content)


def attributes_of(items):
    found = {item.get("key", ""): value_of(item["value"])
             for item in items or []}
    assert len(found) == len(items or []), f"one comes twice: {items}"
    return found


def dropped(node, what="Attributes"):
    return node.get(f"dropped{what}Count", 0)


def said(documents):
    """All spans of them, by their ids; each is there once."""
    spans = {}
    for document in documents:
        for part in document["resourceSpans"]:
            for scope in part["scopeSpans"]:
                for span in scope["spans"]:
                    assert span["spanId"] not in spans, span["spanId"]
                    spans[span["spanId"]] = said_span(part, scope, span)
    return spans


def said_span(part, outer, span):
    resource = part.get("resource", {})
    scope = outer.get("scope", {})
    status = span.get("status", {})
    return {
        "resource": attributes_of(resource.get("attributes")),
        "resource dropped": dropped(resource),
        "resource schema": part.get("schemaUrl", ""),
        "scope": (scope.get("name", ""), scope.get("version", ""),
                  attributes_of(scope.get("attributes")), dropped(scope)),
        "schema": outer.get("schemaUrl", ""), "trace": span["traceId"],
        "state": span.get("traceState", ""),
        "parent": span.get("parentSpanId", ""),
        "flags": span.get("flags", 0), "name": span.get("name", ""),
        "kind": span.get("kind", 0), "start": int(span["startTimeUnixNano"]),
        "end": int(span["endTimeUnixNano"]),
        "attributes": attributes_of(span.get("attributes")),
        "attributes dropped": dropped(span),
        "events": [(int(event.get("timeUnixNano", 0)), event.get("name", ""),
                    attributes_of(event.get("attributes")), dropped(event))
                   for event in span.get("events", [])],
        "events dropped": dropped(span, "Events"),
        "links": [(link["traceId"], link["spanId"],
                   link.get("traceState", ""),
                   attributes_of(link.get("attributes")), dropped(link),
                   link.get("flags", 0)) for link in span.get("links", [])],
        "links dropped": dropped(span, "Links"),
        "status": (status.get("code", 0), status.get("message", ""))}


def as_jaeger_has_it(spans):
    """It keeps no schema URL, and gives events of one instant in another
    order."""
    return {key: {**span, "schema": "",
                  "events": sorted(span["events"], key=repr)}
            for key, span in spans.items()}


# ---- changes ----

def alterations(node):
    """Copies of a document, each with one value in it made another."""
    if isinstance(node, dict):
        for key, value in node.items():
            for other in alterations(value):
                yield {**node, key: other}
    elif isinstance(node, list):
        for at, value in enumerate(node):
            for other in alterations(value):
                yield [*node[:at], other, *node[at + 1:]]
    elif isinstance(node, bool):
        yield not node
    elif isinstance(node, (int, float)):
        yield node + 1
    elif node.isdecimal():
        yield str(int(node) + 1)
    else:
        yield node + "x"
