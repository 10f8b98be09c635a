/* otlp_fields.h - numbers of the fields in
 * opentelemetry/proto/trace/v1/trace.proto and common/v1/common.proto.
 * Internal. */
#ifndef RP_OTLP_FIELDS_H
#define RP_OTLP_FIELDS_H

#include <reprise/span.h>

enum { RP__OTLP_TRACES_RESOURCE_SPANS = 1 };
enum {
    RP__OTLP_RESOURCE_SPANS_RESOURCE = 1,
    RP__OTLP_RESOURCE_SPANS_SCOPE_SPANS = 2,
    RP__OTLP_RESOURCE_SPANS_SCHEMA = 3,
};
enum { RP__OTLP_RESOURCE_ATTRIBUTES = 1, RP__OTLP_RESOURCE_DROPPED = 2 };
enum {
    RP__OTLP_SCOPE_SPANS_SCOPE = 1,
    RP__OTLP_SCOPE_SPANS_SPANS = 2,
    RP__OTLP_SCOPE_SPANS_SCHEMA = 3
};
enum {
    RP__OTLP_SCOPE_NAME = 1,
    RP__OTLP_SCOPE_VERSION = 2,
    RP__OTLP_SCOPE_ATTRIBUTES = 3,
    RP__OTLP_SCOPE_DROPPED = 4,
};
enum { RP__OTLP_STATUS_MESSAGE = 2, RP__OTLP_STATUS_CODE = 3 };
enum {
    RP__OTLP_KEY_VALUE_KEY = 1,
    RP__OTLP_KEY_VALUE_VALUE = 2,
    RP__OTLP_VALUES = 1
};
enum {
    RP__OTLP_SPAN_TRACE_ID = 1,
    RP__OTLP_SPAN_SPAN_ID = 2,
    RP__OTLP_SPAN_TRACE_STATE = 3,
    RP__OTLP_SPAN_PARENT_SPAN_ID = 4,
    RP__OTLP_SPAN_NAME = 5,
    RP__OTLP_SPAN_KIND = 6,
    RP__OTLP_SPAN_START = 7,
    RP__OTLP_SPAN_END = 8,
    RP__OTLP_SPAN_ATTRIBUTES = 9,
    RP__OTLP_SPAN_DROPPED_ATTRIBUTES = 10,
    RP__OTLP_SPAN_EVENTS = 11,
    RP__OTLP_SPAN_DROPPED_EVENTS = 12,
    RP__OTLP_SPAN_LINKS = 13,
    RP__OTLP_SPAN_DROPPED_LINKS = 14,
    RP__OTLP_SPAN_STATUS = 15,
    RP__OTLP_SPAN_FLAGS = 16,
};
enum {
    RP__OTLP_EVENT_TIME = 1,
    RP__OTLP_EVENT_NAME = 2,
    RP__OTLP_EVENT_ATTRIBUTES = 3,
    RP__OTLP_EVENT_DROPPED = 4,
};
/* A record stands where a span does, in the same envelope. */
enum {
    RP__OTLP_LOG_TIME = 1,
    RP__OTLP_LOG_SEVERITY = 2,
    RP__OTLP_LOG_BODY = 5,
    RP__OTLP_LOG_ATTRIBUTES = 6,
    RP__OTLP_LOG_DROPPED = 7,
    RP__OTLP_LOG_FLAGS = 8,
    RP__OTLP_LOG_TRACE_ID = 9,
    RP__OTLP_LOG_SPAN_ID = 10,
    RP__OTLP_LOG_OBSERVED = 11,
    RP__OTLP_LOG_EVENT_NAME = 12,
};
enum {
    RP__OTLP_LINK_TRACE = 1,
    RP__OTLP_LINK_SPAN = 2,
    RP__OTLP_LINK_TRACE_STATE = 3,
    RP__OTLP_LINK_ATTRIBUTES = 4,
    RP__OTLP_LINK_DROPPED = 5,
    RP__OTLP_LINK_FLAGS = 6,
};
enum {
    RP__OTLP_ANY_STRING = 1,
    RP__OTLP_ANY_BOOL = 2,
    RP__OTLP_ANY_INT = 3,
    RP__OTLP_ANY_DOUBLE = 4,
    RP__OTLP_ANY_ARRAY = 5,
    RP__OTLP_ANY_KVLIST = 6,
    RP__OTLP_ANY_BYTES = 7,
};

/* Places of attributes; the first ones are the roles of spans. */
enum {
    RP__OTLP_PLACE_EVENT = RP_SPAN_ROLE_COUNT,
    RP__OTLP_PLACE_LINK,
    RP__OTLP_PLACE_ORIGIN,
};

#endif
