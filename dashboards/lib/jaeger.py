"""Searches of Jaeger as links: its menu, and the list in the documentation."""
import json
import re
import tomllib
import urllib.parse

LOOKBACK = "2d"  # as far as Jaeger looks when a link names no times


def query(values):
    """Of a URL; Jaeger's own #{names} stay as they are."""
    text = urllib.parse.urlencode(values, quote_via=urllib.parse.quote)
    return re.sub(r"%23%7B([\w.]+)%7D", r"#{\1}", text)


def tags(values):
    return json.dumps(values, separators=(",", ":"))


class Searches:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.source = tomllib.load(file)
        self.menus = [(menu["label"], list(self.expanded(menu["search"])))
                      for menu in self.source["menu"]]

    def expanded(self, searches):
        """Those of a plan once for each plan."""
        for search in searches:
            if not search.get("plan"):
                yield search
                continue
            for plan in self.source["plans"]:
                yield {key: value.format(plan=plan)
                       if isinstance(value, str) else value
                       for key, value in search.items()}

    def url(self, search):
        values = {"service": self.source["service"]}
        if "operation" in search:
            values["operation"] = search["operation"]
        if "tags" in search:
            values["tags"] = tags(search["tags"])
        if "min_duration" in search:
            values["minDuration"] = search["min_duration"]
        values["lookback"] = LOOKBACK
        values["limit"] = self.source["limit"]
        return "/search?" + query(values)

    def links(self):
        for link in self.source["link"]:
            made = {"type": link["type"]}
            if "key" in link:
                made["key"] = link["key"]
            if "dashboard" in link:
                made["url"] = f"{self.source['grafana']}/d/{link['dashboard']}"
                values = {f"var-{name}": value
                          for name, value in link["variables"].items()}
                made["url"] += "?" + query(values) if values else ""
            else:
                made["url"] = "/search?" + query(
                    {"service": self.source["service"],
                     "tags": tags(link["search"])})
            made["text"] = link["text"]
            yield made

    def ui(self):
        return json.dumps({
            "monitor": {"menuEnabled": True},
            "dependencies": {"menuEnabled": True},
            "search": {"maxLookback": {"label": "2 Days", "value": LOOKBACK},
                       "maxLimit": 1500},
            "menu": [{"label": label, "items": [
                {"label": search["title"], "url": self.url(search)}
                for search in searches]} for label, searches in self.menus],
            "linkPatterns": list(self.links()),
        }, indent=2, ensure_ascii=False) + "\n"

    def table(self):
        lines = ["| search | finds |", "|---|---|"]
        for label, searches in self.menus:
            for search in searches:
                url = self.source["jaeger"] + self.url(search)
                lines.append(f"| [{label}: {search['title']}]({url}) "
                             f"| {search['finds']} |")
        return "\n".join(lines)
