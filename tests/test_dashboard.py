"""The dashboard asks only for what the server counts."""

import json
import re
from pathlib import Path

from prometheus_client import REGISTRY

import chat.realtime.metrics  # noqa: F401

DASHBOARD = Path(__file__).parent.parent / "deploy" / "grafana.json"


def test_every_panel_asks_for_metrics_that_there_are():
    panels = json.loads(DASHBOARD.read_text())["panels"]
    asked = {
        name for panel in panels for t in panel["targets"] for name in re.findall(r"chat_\w+", t["expr"])
    }
    there = {metric.name for metric in REGISTRY.collect() if metric.name.startswith("chat_")}
    assert {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in asked} == there
