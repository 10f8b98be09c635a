"""PromQL of what a panel or rule asks for, in the names of the program's table
of metrics: a name that is not in the table is an error here, not an empty
panel later.

Counters of reprise are made of what its store holds. So a series appears with
its first value (the first failure of a kind is 1 at once, never 0), which
increase() does not see, and falls when sessions are removed. What happened in
a window is therefore the last value less the one before the window, nothing
for a series that was not there; after a fall it is what increase() says."""
import importlib.machinery
import importlib.util
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
# Is there whenever something is: says that a store was looked at.
WITNESS = "reprise_store_size_bytes"
# How long before a window the value at its begin may have been read.
BEFORE = "1h"
# Filters of a dashboard: variable, and the attribute it is for.
FILTERS = {"plan": "gen_ai.workflow.name", "agent": "gen_ai.agent.name",
           "destination": "reprise.export.destination"}
OPERATORS = ("=~", "!~", "!=", "=")


class Mistake(Exception):
    """Of a source file."""


def table():
    """By OpenTelemetry's name, as scripts/telemetry-docs reads them."""
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader(
        "telemetry_docs", os.path.join(ROOT, "scripts", "telemetry-docs"))
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return {metric.key: metric
            for metric in module.read_metrics(module.read_labels())}


def label(key):
    return key.replace(".", "_")


class Language:
    def __init__(self):
        self.metrics = table()
        self.labels = {attribute.key for metric in self.metrics.values()
                       for attribute, _ in metric.labels} | {
                           "instance", "job", "le"}

    # ---- selectors ----

    def metric(self, name):
        if name not in self.metrics:
            raise Mistake(f"'{name}' is not in metric.def")
        return self.metrics[name]

    def has(self, metric, key):
        return key in ("instance", "job") or any(
            attribute.key == key for attribute, _ in metric.labels)

    def selector(self, name, part, where, filters):
        """name_part{…}, with those filters that the metric has."""
        metric = self.metric(name)
        matchers = ['instance=~"$store"'] if "store" in filters else []
        matchers += [f'{label(FILTERS[f])}=~"${f}"' for f in filters
                     if f in FILTERS and self.has(metric, FILTERS[f])]
        for key, text in (where or {}).items():
            if not self.has(metric, key):
                raise Mistake(f"{name} has no {key}")
            operator = next((o for o in OPERATORS if text.startswith(o)), None)
            if operator is None:
                raise Mistake(f"{name}: {key} {text}: no operator")
            value = text[len(operator):]
            matchers.append(f'{label(key)}{operator}"{value}"')
        histogram = metric.instrument == "histogram"
        if part and not histogram:
            raise Mistake(f"{name} is no histogram")
        suffix = f"_{part}" if part else ""
        return (metric.prometheus + suffix +
                ("{" + ",".join(matchers) + "}" if matchers else ""))

    def grouping(self, name, keys):
        for key in keys:
            if key != "le" and not self.has(self.metric(name), key):
                raise Mistake(f"{name} has no {key}")
        return f"by ({', '.join(map(label, keys))}) " if keys else ""

    # ---- what happened ----

    @staticmethod
    def in_all(series, window):
        """In one long window, such as all that is shown."""
        last = f"last_over_time({series}[{window}])"
        before = f"last_over_time({series}[{BEFORE}] offset {window})"
        return (f"(({last} - {before}) or {last}) unless "
                f"resets({series}[{window}]) > 0 or "
                f"increase({series}[{window}])")

    @staticmethod
    def in_each(series, window):
        """In each of many windows behind each other. A new series counts
        from nothing only when its store was looked at before."""
        before = f"last_over_time({series}[{BEFORE}] offset {window})"
        watched = f"last_over_time({WITNESS}[{BEFORE}] offset {window})"
        return (f"clamp_min({series} - {before}, 0) or "
                f"({series} unless {before}) and on (job, instance) {watched}")

    def happened(self, name, window, by=(), where=None, filters=(), part=None,
                 each=False):
        metric = self.metric(name)
        if metric.instrument not in ("counter", "histogram"):
            raise Mistake(f"{name} does not count what happened")
        if part is None and metric.instrument == "histogram":
            part = "count"
        series = self.selector(name, part, where, filters)
        inner = self.in_each(series, window) if each else self.in_all(
            series, window)
        return f"sum {self.grouping(name, by)}({inner})"

    # ---- queries of panels ----

    def compile(self, query, window, filters, each=False):
        """PromQL of {count|sum|mean|quantile|share|last|max|expr, …}."""
        by, where = query.get("by", []), query.get("where")
        if "count" in query:
            found = self.happened(query["count"], window, by, where, filters,
                                  each=each)
            if query.get("zero", True):
                found += f" or {self.zero(by, filters)}"
            return found
        if "total" in query:
            return self.happened(query["total"], window, by, where, filters,
                                 "sum", each)
        if "quantile" in query:
            buckets = self.happened(query["of"], window, ["le", *by], where,
                                    filters, "bucket", each)
            return f"histogram_quantile({query['quantile']}, {buckets})"
        if "share" in query:
            some = self.happened(query["share"], window, by, where, filters,
                                 each=each)
            every = self.happened(query.get("of", query["share"]), window, by,
                                  query.get("of_where"), filters, each=each)
            # None of many is no share of them, but 0.
            return f"(({some}) or 0 * ({every})) / (({every}) > 0)"
        for how in ("last", "max"):
            if how in query:
                series = self.selector(query[how], None, where, filters)
                function = "max" if how == "max" else "sum"
                return (f"{function} {self.grouping(query[how], by)}"
                        f"({series})")
        if "expr" in query:
            return self.checked(query["expr"])
        raise Mistake(f"what does {query} ask for?")

    def zero(self, by, filters):
        """0 where a store was looked at, so that nothing is not missing."""
        seen = WITNESS + ('{instance=~"$store"}' if "store" in filters else "")
        none = f"0 * count({seen})"
        for key in by:
            none = f'label_replace({none}, "{label(key)}", "none", "", "")'
        return f"on () {none}"

    def checked(self, expression):
        """As it is, if all of ours that it names exists."""
        known = {f"{metric.prometheus}{suffix}"
                 for metric in self.metrics.values()
                 for suffix in (["_bucket", "_count", "_sum"] if
                                metric.instrument == "histogram" else [""])}
        known |= set(map(label, self.labels))
        for word in re.findall(r"\b(?:reprise|gen_ai)_\w+", expression):
            if word not in known:
                raise Mistake(f"{expression}: what is {word}?")
        return expression.strip()
