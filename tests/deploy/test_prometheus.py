"""What ships for Prometheus and Alertmanager: rules that are tested, of metrics that there are, each with its page."""

import json
import os
import re
import shutil
import subprocess
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml

from stream.ops.metrics import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RUNBOOKS = ROOT / "docs" / "runbooks"
RULES = sorted((PROMETHEUS / "rules").glob("*.yml"))
TESTS = sorted((PROMETHEUS / "tests").glob("*.yml"))
SUFFIXES = {"Counter": ("_total",), "Gauge": ("",), "Histogram": ("_bucket", "_count", "_sum")}


def tool(name: str) -> str:
    """A tool of Debian's packages; where they have to be, their absence is a failure."""
    if found := shutil.which(name):
        return found
    missing = f"{name} is missing: apt-get install prometheus prometheus-alertmanager"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


def runs(*command: str | Path) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rules() -> list[dict[str, Any]]:
    documents = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in RULES]
    return [rule for document in documents for group in document["groups"] for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


@pytest.mark.slow
@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_the_rules_fire_when_they_should_and_only_then(path):
    assert "SUCCESS" in runs(tool("promtool"), "test", "rules", path)


def test_the_configuration_is_one_with_its_rules_and_targets():
    said = runs(tool("promtool"), "check", "config", PROMETHEUS / "prometheus.yml")
    assert f"{len(RULES)} rule files found" in said


def test_every_alert_has_a_test_in_which_it_is_quiet_and_one_in_which_it_fires():
    seen: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
    for path in TESTS:
        for test in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]:
            for asked in test["promql_expr_test"]:
                [name] = re.findall(r'alertname="(\w+)"', asked["expr"])
                samples = asked["exp_samples"]
                fired = {re.findall(r'severity="(\w+)"', sample["labels"])[0] for sample in samples}
                seen[bool(samples)] |= {(name, severity) for severity in fired or {""}}
    assert seen[True] == {(rule["alert"], rule["labels"]["severity"]) for rule in alerts()}
    assert {name for name, _ in seen[False]} == {rule["alert"] for rule in alerts()}


def test_every_metric_that_is_asked_for_is_declared_with_these_labels():
    declared = {
        f"{metric.full.removesuffix('_total')}{suffix}": {*metric.labels, "le"}
        for metric in CATALOGUE
        for suffix in SUFFIXES[metric.kind.__name__]
    }
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    for rule in rules():
        for name, selector in re.findall(r"\b(themewire[\w:]*)(\{[^}]*\})?", rule["expr"].replace('"themewire"', "")):
            if name in recorded:
                continue
            assert {*re.findall(r"(\w+)[=!]", selector)} <= declared[name], (name, selector)
    spoken = " ".join(path.read_text(encoding="utf-8") for path in RUNBOOKS.glob("*.md"))
    assert {*re.findall(r"\bthemewire_\w+", spoken)} <= {metric.full for metric in CATALOGUE} | {*declared}


def test_labels_that_are_asked_for_have_such_values():
    for rule in rules():
        for name, selector in re.findall(r"\bthemewire_(\w+)\{([^}]*)\}", rule["expr"]):
            [metric] = [
                m for m in CATALOGUE if name in {m.name + suffix for suffix in ("", *SUFFIXES[m.kind.__name__])}
            ]
            for label, values in re.findall(r'(\w+)!?=~?"([^"]*)"', selector):
                asked = set(values.split("|"))
                have = {f"{bound:.1f}" for bound in metric.buckets} if label == "le" else {*metric.labels[label].names}
                assert asked <= have, (name, label, asked - have)


def test_every_alert_has_its_page_and_every_page_its_alert():
    pages = {Path(rule["annotations"]["runbook_url"]).name: rule["alert"] for rule in alerts()}
    there = {path.name: path.read_text(encoding="utf-8") for path in RUNBOOKS.glob("*.md") if path.name != "README.md"}
    assert there.keys() == pages.keys()
    for name, text in there.items():
        parts = ["# ", "## What it means", "## What to look at", "## What to do"]
        assert text.startswith(f"# {pages[name]}\n")
        assert [line for line in text.splitlines() if line.startswith("#")][1:] == parts[1:]
        linked = re.findall(r"\]\(([\w./-]+\.md)\)", text)
        assert all((RUNBOOKS / link).exists() for link in linked), (name, linked)
    index = (RUNBOOKS / "README.md").read_text(encoding="utf-8")
    assert all(f"[{rule['alert']}]" in index for rule in alerts())


def test_every_alert_says_what_it_is_and_how_urgent():
    for rule in alerts():
        assert {*rule["annotations"]} == {"summary", "description", "runbook_url"}
        assert rule["labels"] == {"severity": rule["labels"]["severity"]}
        assert rule["labels"]["severity"] in ("critical", "warning", "info")


@pytest.mark.parametrize(("severity", "receiver"), [("critical", "pager"), ("warning", "tickets"), ("info", "news")])
def test_alerts_are_sent_to_who_should_hear_of_them(severity, receiver):
    path = PROMETHEUS / "alertmanager.yml"
    assert "SUCCESS" in runs(tool("amtool"), "check-config", path)
    given = (f"severity={severity}", "alertname=ThemewireDisk")
    assert runs(tool("amtool"), "config", "routes", "test", f"--config.file={path}", *given).strip() == receiver


def test_what_is_inhibited_are_alerts_that_there_are():
    config = yaml.safe_load((PROMETHEUS / "alertmanager.yml").read_text(encoding="utf-8"))
    matchers = chain.from_iterable(
        [*rule["source_matchers"], *rule["target_matchers"]] for rule in config["inhibit_rules"]
    )
    text = re.sub(r"Themewire\(([^)]*)\)", lambda m: "Themewire" + m[1].replace("|", "|Themewire"), " ".join(matchers))
    named = set(re.findall(r"\bThemewire[A-Z]\w*", text))
    assert named <= {rule["alert"] for rule in alerts()}


@pytest.mark.parametrize("path", [*PROMETHEUS.glob("targets/*.json"), *PROMETHEUS.glob("examples/*.json")], ids=str)
def test_targets_are_what_prometheus_reads(path):
    for group in json.loads(path.read_text(encoding="utf-8")):
        assert all(re.fullmatch(r"[\w.-]+:\d+", target) for target in group["targets"])
