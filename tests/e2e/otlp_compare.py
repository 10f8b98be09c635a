"""Whether the classes that OpenTelemetry publishes read the same out of a file
of TracesData as stands in a file of OTLP/JSON lines: prints how many spans
were compared. usage: otlp_compare.py PROTO JSONL"""
import json
import sys

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from otlp_decode import as_otlp


EMPTY = (("status", {}), ("flags", 0), ("key", ""), ("name", ""))


def plain(node):
    """JSON may write what is empty; a message has it only among values."""
    if isinstance(node, dict):
        return {key: plain(value) for key, value in node.items()
                if value != [] and (key, value) not in EMPTY}
    if isinstance(node, list):
        return [plain(item) for item in node]
    return node


def main(proto, lines):
    message = TracesData()
    with open(proto, "rb") as file:
        message.ParseFromString(file.read())
    count = 0
    with open(lines, encoding="utf-8") as file:
        wanted = [part for line in file
                  for part in json.loads(line)["resourceSpans"]]
    if len(wanted) != len(message.resource_spans):
        sys.exit(f"{len(message.resource_spans)} parts, not {len(wanted)}")
    for read, want in zip(message.resource_spans, wanted):
        got = plain(as_otlp(MessageToDict(read, use_integers_for_enums=True)))
        # as text: NaN is not itself, and 0.0 is not 0
        if json.dumps(got, sort_keys=True) != json.dumps(
                plain(want), sort_keys=True):
            sys.exit(f"{json.dumps(got)}\nis read, but it should be\n"
                     f"{json.dumps(plain(want))}")
        count += sum(len(s["spans"]) for s in want["scopeSpans"])
    print(count)


if __name__ == "__main__":
    main(*sys.argv[1:])
