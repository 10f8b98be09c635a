"""Reads requests of OTLP, a line of JSON each, and answers each with a line: the
document as the classes that OpenTelemetry publishes read it, or why they do
not. What they have no field for is refused. For the Python of scripts/peers."""
import base64
import json
import sys

from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.unknown_fields import UnknownFieldSet
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import \
    ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import \
    ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import \
    ExportTraceServiceRequest

from otlp_decode import IDS, as_otlp

REQUESTS = {"traces": ExportTraceServiceRequest,
            "metrics": ExportMetricsServiceRequest,
            "logs": ExportLogsServiceRequest}


def as_protobuf(node):
    """OTLP/JSON as the usual JSON of protocol buffers: ids in base 64."""
    if isinstance(node, dict):
        return {key: base64.b64encode(bytes.fromhex(value)).decode()
                if key in IDS else as_protobuf(value)
                for key, value in node.items()}
    if isinstance(node, list):
        return [as_protobuf(item) for item in node]
    return node


def refuse_unknown(message):
    for field in UnknownFieldSet(message):
        raise ValueError(f"{message.DESCRIPTOR.name} has no field "
                         f"{field.field_number}")
    for descriptor, value in message.ListFields():
        if descriptor.message_type is not None:
            repeated = not hasattr(value, "DESCRIPTOR")
            for inner in value if repeated else [value]:
                refuse_unknown(inner)


def read(path, kind, body):
    message = REQUESTS[path.rsplit("/", 1)[-1]]()
    if kind == "application/json":
        ParseDict(as_protobuf(json.loads(body)), message)
    elif kind == "application/x-protobuf":
        message.ParseFromString(body)
        refuse_unknown(message)
    else:
        raise ValueError(f"content type '{kind}'")
    return as_otlp(MessageToDict(message, use_integers_for_enums=True))


def main():
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"document": read(
                request["path"], request["type"],
                base64.b64decode(request["body"]))}
        except Exception as trouble:  # whatever it is, it was not accepted
            answer = {"error": f"{type(trouble).__name__}: {trouble}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
