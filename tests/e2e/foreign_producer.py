"""Traces as the SDK of OpenTelemetry for Python makes them, and one of every
value that protocol buffers can hold: sent to the URLs that are given, and
written to a file as the body of a request. For the Python of scripts/peers.
usage: foreign_producer.py FILE [HTTP_URL [GRPC_TARGET]]"""
import logging
import sys

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import \
    encode_spans
from opentelemetry.exporter.otlp.proto.grpc import trace_exporter as by_grpc
from opentelemetry.exporter.otlp.proto.http import trace_exporter as by_http
from opentelemetry.proto.common.v1.common_pb2 import (AnyValue, ArrayValue,
                                                      KeyValue, KeyValueList)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import (SimpleSpanProcessor, SpanExporter,
                                            SpanExportResult)
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

TIMEOUT_S = 120  # else spans are sent again, and are there twice
VALUES = {
    "text": "Grüße, 世界 \U0001f600 \"\\\n\x01", "text.empty": "",
    "text.long": "x" * 70000, "true": True, "false": False,
    "int": 42, "int.zero": 0, "int.least": -2**63, "int.most": 2**63 - 1,
    "double": 0.1 + 0.2, "double.whole": 3.0, "double.minus_zero": -0.0,
    "double.tiny": 5e-324, "double.huge": 1.7976931348623157e308,
    "double.nan": float("nan"), "double.infinite": float("-inf"),
    "texts": ["a", "", "ß"], "truths": [True, False], "ints": [1, -2, 2**62],
    "doubles": [1.0, float("inf"), 0.5], "none": [],
    "bytes": b"\x00\xff\x80 not text",
}


class Keep(SpanExporter):
    def __init__(self):
        self.spans = []

    def export(self, spans):
        self.spans += spans
        return SpanExportResult.SUCCESS


def remote(state):
    return trace.SpanContext(
        0x0af7651916cd43dd8448eb211c80319c, 0xb7ad6b7169203331, True,
        trace.TraceFlags(1), trace.TraceState(state))


def shop(provider):
    """A trace of several services' worth: every kind, status and part."""
    tracer = provider.get_tracer("shop.api", "1.2", "https://example.com/a",
                                 {"scope.number": 1, "scope.text": "s"})
    other = provider.get_tracer("shop.db")
    elsewhere = remote([("rojo", "1"), ("congo", "t61rcWkgMzE")])
    with tracer.start_as_current_span(
            "GET /basket", kind=SpanKind.SERVER, attributes=VALUES) as root:
        root.add_event("nothing")
        root.add_event("everything", VALUES, timestamp=1)
        with other.start_as_current_span(
                "SELECT", kind=SpanKind.CLIENT,
                links=[Link(elsewhere, VALUES), Link(elsewhere)]) as query:
            query.set_status(Status(StatusCode.OK))
        with tracer.start_as_current_span("publish", kind=SpanKind.PRODUCER):
            pass
        with tracer.start_as_current_span("take", kind=SpanKind.CONSUMER):
            pass
        try:
            with tracer.start_as_current_span("inner"):
                raise ValueError("no such basket")
        except ValueError:
            pass


def joined(provider):
    """In the trace of a caller, with more than the limits let through."""
    context = trace.set_span_in_context(trace.NonRecordingSpan(
        remote([("vendor", "x")])))
    tracer = provider.get_tracer("joined")
    with tracer.start_as_current_span(
            "too much", context, SpanKind.SERVER,
            links=[Link(remote([])) for _ in range(5)]) as span:
        for number in range(40):
            span.set_attribute(f"key.{number}", number)
            span.add_event(f"event {number}", {
                f"key.{n}": n for n in range(20)})


def any_value(value):
    """What the SDK's attributes cannot be."""
    if value is None:
        return AnyValue()
    if isinstance(value, dict):
        return AnyValue(kvlist_value=KeyValueList(values=[
            KeyValue(key=k, value=any_value(v)) for k, v in value.items()]))
    if isinstance(value, list):
        return AnyValue(array_value=ArrayValue(
            values=[any_value(item) for item in value]))
    if isinstance(value, bytes):
        return AnyValue(bytes_value=value)
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(string_value=value)


NESTED = {
    "nothing": None, "map.empty": {}, "list.empty": [], "bytes.empty": b"",
    "map": {"": "key is empty", "deep": {"list": [{"n": 1}, [], [[None]]]},
            **VALUES},
    "mixed": [1, "two", 3.0, True, None, b"5", {"six": [7]}],
}


def whole(spans):
    """The request, with what only its protocol can say added."""
    request = encode_spans(spans)
    for part in request.resource_spans:
        part.schema_url = "https://example.com/resource"
        part.resource.dropped_attributes_count = 3
        for scope in part.scope_spans:
            scope.scope.dropped_attributes_count = 2
            for span in scope.spans:
                span.attributes.extend(
                    KeyValue(key=key, value=any_value(value))
                    for key, value in NESTED.items())
    return request


def main(path, http=None, grpc=None):
    logging.disable()  # it tells of each attribute that is one too many
    keep = Keep()
    for make, name, limits in (
            (shop, "shop", SpanLimits()),
            (joined, "joined", SpanLimits(
                max_attributes=9, max_events=7, max_links=2,
                max_event_attributes=4, max_attribute_length=60))):
        provider = TracerProvider(
            resource=Resource({"service.name": name, **VALUES}),
            span_limits=limits, shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(keep))
        make(provider)
    with open(path, "wb") as file:
        file.write(whole(keep.spans).SerializeToString())
    exporters = []
    if http:
        exporters.append(by_http.OTLPSpanExporter(
            http + "/v1/traces", timeout=TIMEOUT_S))
    if grpc:
        exporters.append(by_grpc.OTLPSpanExporter(
            grpc, insecure=True, timeout=TIMEOUT_S))
    for exporter in exporters:
        assert exporter.export(keep.spans) == SpanExportResult.SUCCESS
        exporter.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
