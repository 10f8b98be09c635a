"""Prints a file of TracesData in protocol buffers as OTLP/JSON, decoded by
the classes that OpenTelemetry publishes. usage: otlp_decode.py FILE"""
import base64
import json
import sys

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

IDS = ("traceId", "spanId", "parentSpanId")


def as_otlp(node):
    """The usual JSON of protobuf with the ids in hex, as OTLP has them."""
    if isinstance(node, dict):
        return {key: base64.b64decode(value).hex() if key in IDS
                else as_otlp(value) for key, value in node.items()}
    if isinstance(node, list):
        return [as_otlp(item) for item in node]
    return node


def main(path):
    message = TracesData()
    with open(path, "rb") as file:
        message.ParseFromString(file.read())
    print(json.dumps(as_otlp(MessageToDict(message,
                                           use_integers_for_enums=True))))


if __name__ == "__main__":
    main(sys.argv[1])
