"""Dashboards of Grafana out of a source file: rows of panels, each with what it
asks for in the words of promql.py.

A panel is a stat or table over all that is shown, bars or lines over time, a
text, or of traces (search, traceql). unit and novalue are a must. The tests read
bad (0 when all went well, more when something failed), good_is_empty and
alerts (no data when all went well)."""
import json
import tomllib

from promql import FILTERS, Language, Mistake

WIDTH = 24
METRICS = {"type": "prometheus", "uid": "${metrics}"}
# What a trace store calls itself, and where it is provisioned.
TRACES = {"tempo": "Tempo", "jaeger": "Jaeger"}
SCHEMA_VERSION = 41
STEP = "1m"  # the least a bar is for
COLOURS = {"ok": "green", "degraded": "orange", "failed": "red",
           "cancelled": "blue", "timed_out": "purple", "fallback": "yellow",
           "lost": "dark-red", "skipped": "text", "error": "red",
           "timeout": "purple", "superseded": "text", "none": "green",
           "delivered": "green", "rejected": "red"}
HEIGHTS = {"stat": 4, "text": 4, "traces": 16, "table": 8, "bars": 8,
           "lines": 8}


class Dashboard:
    """One file; with a trace store when its source names some."""

    def __init__(self, source, language, store=None):
        self.source, self.language, self.store = source, language, store
        self.filters = ["store", *(name for name in source["variables"]
                                   if name in FILTERS)]
        self.count = 0

    @property
    def uid(self):
        return self.source["uid"] + ("-jaeger" if self.store == "jaeger"
                                     else "")

    def document(self):
        title = self.source["title"]
        return {
            "uid": self.uid, "schemaVersion": SCHEMA_VERSION, "version": 1,
            "title": f"{title} ({TRACES[self.store]})" if self.store
                     else title,
            "description": self.source["description"],
            "tags": ["reprise"], "timezone": "", "editable": True,
            "graphTooltip": 1, "refresh": self.source.get("refresh", "30s"),
            "time": {"from": f"now-{self.source.get('range', '6h')}",
                     "to": "now"},
            "links": [{
                "type": "dashboards", "title": "reprise", "tags": ["reprise"],
                "asDropdown": True, "includeVars": True, "keepTime": True,
                "targetBlank": False, "icon": "external link", "tooltip": ""}],
            "annotations": {"list": []},
            "templating": {"list": list(self.variables())},
            "panels": list(self.panels()),
        }

    # ---- variables ----

    def variables(self):
        yield {"type": "datasource", "name": "metrics", "label": "Metrics",
               "query": "prometheus", "regex": "", "multi": False,
               "includeAll": False, "current": {
                   "text": "Prometheus (reprise)",
                   "value": "reprise-prometheus"}}
        if self.store:
            yield {"type": "datasource", "name": "traces", "label": "Traces",
                   "query": self.store, "regex": "", "multi": False,
                   "includeAll": False, "current": {
                       "text": f"{TRACES[self.store]} (reprise)",
                       "value": f"reprise-{self.store}"}}
        yield self.choice("store", "Store", "reprise_store_size_bytes",
                          "instance")
        for name in self.source["variables"]:
            if name == "trace":
                yield {"type": "textbox", "name": "trace", "label": "Trace id",
                       "query": "", "current": {"text": "", "value": ""},
                       "options": []}
            else:
                yield self.choice(name, name.capitalize(), {
                    "plan": "reprise_session_duration_seconds_count",
                    "agent": "reprise_task_duration_seconds_count",
                    "destination": "reprise_export_pending"}[name],
                    FILTERS[name].replace(".", "_"))

    def choice(self, name, title, metric, key):
        narrow = ('{gen_ai_workflow_name=~"$plan"}' if name == "agent" and
                  "plan" in self.source["variables"] else "")
        return {
            "type": "query", "name": name, "label": title,
            "datasource": METRICS, "multi": True, "includeAll": True,
            "allValue": ".*", "refresh": 2, "sort": 1, "regex": "",
            "current": {"text": ["All"], "value": ["$__all"]}, "options": [],
            "query": {"qryType": 1, "refId": "variable",
                      "query": f"label_values({metric}{narrow}, {key})"}}

    # ---- panels ----

    def panels(self):
        y = 0
        for row in self.source["row"]:
            yield {"type": "row", "id": self.number(), "title": row["title"],
                   "collapsed": False, "panels": [],
                   "gridPos": {"h": 1, "w": WIDTH, "x": 0, "y": y}}
            y += 1
            x = height = 0
            for panel in row["panel"]:
                if panel.get("store", self.store) != self.store:
                    continue
                width = panel.get("width", 12)
                tall = panel.get("height", HEIGHTS[panel["type"]])
                if x + width > WIDTH:
                    x, y, height = 0, y + height, 0
                made = self.panel(panel)
                made["gridPos"] = {"h": tall, "w": width, "x": x, "y": y}
                x, height = x + width, max(height, tall)
                yield made
            y += height

    def number(self):
        self.count += 1
        return self.count

    def panel(self, panel):
        kind = panel["type"]
        made = {"id": self.number(), "title": panel["title"],
                "description": panel.get("description", "")}
        if kind == "text":
            return {**made, "type": "text", "options": {
                "mode": "markdown", "content": panel["content"].strip()}}
        if "query" not in panel:
            return {**made, **self.of_traces(panel)}
        made["datasource"] = METRICS
        make = {"stat": self.stat, "bars": self.bars, "lines": self.lines,
                "table": self.table}[kind]
        return {**made, **make(panel)}

    def targets(self, panel, **more):
        """Each query, compiled for the window that its panel shows."""
        each = panel["type"] in ("bars", "lines")
        window = "$__interval" if each else "$__range"
        for index, query in enumerate(panel["query"]):
            yield {
                "refId": chr(ord("A") + index), "datasource": METRICS,
                "editorMode": "code",
                "expr": self.language.compile(query, window, self.filters,
                                              each),
                "legendFormat": query.get("legend", "__auto"),
                "instant": not each, "range": each, **more}

    def defaults(self, panel):
        if not panel.get("unit") or not panel.get("novalue"):
            raise Mistake(f"{panel['title']}: no unit, or no novalue")
        made = {"unit": panel["unit"], "noValue": panel["novalue"],
                "mappings": []}
        for name in ("min", "max", "decimals"):
            if name in panel:
                made[name] = panel[name]
        steps = [{"color": panel.get("color", "green"), "value": None}]
        steps += [{"color": color, "value": value}
                  for value, color in panel.get("steps", [])]
        made["thresholds"] = {"mode": "absolute", "steps": steps}
        made["color"] = {"mode": "thresholds" if panel["type"] in (
            "stat", "table") else "palette-classic"}
        made["links"] = [
            {"title": link["title"], "url": link["url"],
             "targetBlank": False} for link in panel.get("link", [])]
        return made

    @staticmethod
    def coloured():
        return [{"matcher": {"id": "byName", "options": name},
                 "properties": [{"id": "color", "value": {
                     "mode": "fixed", "fixedColor": colour}}]}
                for name, colour in COLOURS.items()]

    def stat(self, panel):
        return {
            "type": "stat", "targets": list(self.targets(panel)),
            "fieldConfig": {"defaults": self.defaults(panel),
                            "overrides": []},
            "options": {
                "reduceOptions": {"calcs": ["lastNotNull"], "fields": "",
                                  "values": False},
                "orientation": "auto", "textMode": "auto",
                "colorMode": "background" if "steps" in panel else "value",
                "graphMode": "none", "justifyMode": "auto",
                "wideLayout": True, "showPercentChange": False,
                "percentChangeColorMode": "standard"}}

    def bars(self, panel):
        made = self.lines(panel)
        made["fieldConfig"]["defaults"]["custom"] = {
            "drawStyle": "bars", "fillOpacity": 80, "lineWidth": 0,
            "stacking": {"mode": "normal", "group": "A"},
            "axisSoftMin": 0, "axisSoftMax": 1}
        made["options"]["legend"]["calcs"] = ["sum"]
        return made

    def lines(self, panel):
        defaults = self.defaults(panel)
        defaults["custom"] = {
            "drawStyle": "line", "lineInterpolation": "linear",
            "showPoints": "always", "pointSize": 6, "spanNulls": False,
            "axisSoftMin": 0}
        return {
            "type": "timeseries", "interval": panel.get("interval", STEP),
            "targets": list(self.targets(
                panel, exemplar=panel.get("exemplars", False))),
            "fieldConfig": {"defaults": defaults,
                            "overrides": self.coloured()},
            "options": {
                "legend": {"displayMode": "table", "placement": "right",
                           "showLegend": True,
                           "calcs": ["max", "lastNotNull"]},
                "tooltip": {"mode": "multi", "sort": "desc"}}}

    def table(self, panel):
        names, overrides = {}, []
        for index, query in enumerate(panel["query"]):
            column = f"Value #{chr(ord('A') + index)}"
            names[column] = query["name"]
            properties = [{"id": "unit", "value": query["unit"]}]
            if "decimals" in query:
                properties.append({"id": "decimals",
                                   "value": query["decimals"]})
            overrides.append({"matcher": {"id": "byName",
                                          "options": query["name"]},
                              "properties": properties})
        if len(panel["query"]) == 1:
            names["Value"] = panel["query"][0]["name"]
        for query in panel["query"]:
            for key in query.get("by", []):
                names[key.replace(".", "_")] = key
        return {
            "type": "table",
            "targets": list(self.targets(panel, format="table")),
            "transformations": [
                {"id": "merge", "options": {}},
                {"id": "organize", "options": {
                    "excludeByName": {"Time": True, "__name__": True},
                    "indexByName": {}, "renameByName": names}}],
            "fieldConfig": {"defaults": self.defaults(
                {"unit": "none", **panel}), "overrides": overrides},
            "options": self.table_options(panel)}

    @staticmethod
    def table_options(panel):
        sort = [{"displayName": panel["sort"], "desc": True}] \
            if "sort" in panel else []
        return {"showHeader": True, "cellHeight": "sm", "frameIndex": 0,
                "sortBy": sort}

    # ---- traces ----

    def of_traces(self, panel):
        source = {"type": self.store, "uid": "${traces}"}
        target = {"refId": "A", "datasource": source}
        if self.store == "tempo":
            target.update(queryType="traceql", limit=50, spss=20, filters=[],
                          query=panel.get("traceql", "${trace}"),
                          tableType=panel.get("shows", "traces"))
        elif "search" in panel:
            target.update(queryType="search", limit=50, **panel["search"])
        else:
            target.update(query="${trace}")
        made = {"datasource": source, "targets": [target]}
        if panel["type"] == "traces":
            return {**made, "type": "traces", "options": {}}
        defaults = self.defaults({**panel, "unit": panel.get("unit", "none")})
        made.update(type="table", options=self.table_options(panel),
                    fieldConfig={"defaults": defaults, "overrides": []})
        if "columns" in panel:
            made["transformations"] = [
                {"id": "filterFieldsByName", "options": {
                    "include": {"names": panel["columns"]}}}]
        return made


def load(path):
    with open(path, "rb") as file:
        return tomllib.load(file)


def dashboards(paths):
    """(file name, text) of each."""
    language = Language()
    for path in paths:
        source = load(path)
        for store in source.get("traces", [None]):
            made = Dashboard(source, language, store)
            yield (f"{made.uid}.json", json.dumps(
                made.document(), indent=2, ensure_ascii=False) + "\n")
