"""Writes the generated pages of `docs/` from what the code declares; `--check` fails when a page is out of date."""

import json
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from deploy.cli import group
from deploy.docs.channels import channels_page
from deploy.docs.chart_values import chart_values_schema
from deploy.docs.contract import alert_schema, asyncapi
from deploy.docs.default_list import default_list_page
from deploy.docs.exports import exports_page
from deploy.settings.loading import PREFIX, setting_names
from seeds.themes import load_themes
from stream.kafka.changelog import changelog
from stream.kafka.own_topics import own_topics
from stream.log.access import accesses
from stream.log.topics import STAGES, Topic, alerts_topic, all_topics
from stream.ops.metrics import CATALOGUE
from stream.ops.metrics.declared import Declared

__all__ = ["main", "pages"]

FOLDER = Path(__file__).parents[2] / "docs"
NOTE = "<!-- Written by `make docs`; edit the code that declares it instead. -->\n\n"


def pages() -> dict[str, str]:
    """Every generated page by its path from `docs/`."""
    return {
        "channels.md": NOTE + channels_page(),
        "export.md": NOTE + exports_page(),
        "settings.md": NOTE + _settings(),
        "topics.md": NOTE + _topics(),
        "metrics.md": NOTE + _metrics(),
        "runbooks/README.md": NOTE + _runbooks(),
        "decisions/README.md": NOTE + _decisions(),
        "commands.md": NOTE + _commands(),
        "default-list.md": NOTE + default_list_page(),
        "alert.schema.json": _json(alert_schema()),
        "asyncapi.json": _json(asyncapi(tuple(theme.id for theme in load_themes()))),
        "../deploy/helm/values.schema.json": _json(chart_values_schema()),
    }


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _settings() -> str:
    lines = [
        "# Settings\n",
        "Each setting is a key in the TOML file given by `--config` (section `[fetch]`, `deadline = 30`) and "
        f"an environment variable (`{PREFIX}FETCH__DEADLINE=30`, or `{PREFIX}FETCH__DEADLINE_FILE` with the name of a "
        "file that holds the value). The command line takes precedence over the environment, and that over the file.\n",
        "| setting | default | description |",
        "|---|---|---|",
    ]
    for name, field in setting_names():
        default = "a folder in the user's home" if field.default_factory else _shown(field.default)
        lines.append(f"| `{name}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def _shown(default: object) -> str:
    text = str(default)
    return f"`{text}`" if text and text not in ("()", "None", "**********") else "empty"


def _topics() -> str:
    themes = [theme.id for theme in load_themes()]
    topics = (*all_topics(themes, 12), *own_topics(12))
    lines = [
        "# Topics\n",
        "Values are JSON (their types are in `stream/records/`), keys are UTF-8. On Kafka each record carries "
        "CloudEvents headers in binary mode; read with `isolation.level=read_committed`. Twelve partitions is the "
        "default of `stream.partitions`. The public contract is `alerts.*`. The tables of stages, and `topics`, are on "
        "Kafka only. `kafka.prefix` is put before every name.\n",
        "| topic | key | partitions | kept | description |",
        "|---|---|---|---|---|",
    ]
    lines += [f"| `{t.name}` | {t.key} | {t.partitions} | {_kept(t)} | {t.about} |" for t in topics]
    lines += _rights(themes)
    return "\n".join(lines) + "\n"


def _rights(themes: Sequence[str]) -> list[str]:
    """What each role reads and writes: `topics acls` prints the same for a broker."""
    lines = [
        "\n## Rights\n",
        "On a cluster with ACLs each role needs these, and all need `Describe` and `DescribeConfigs` on every topic "
        "and `Read` on `topics`. `themewire topics acls` prints them for `kafka-acls.sh`. A stage has `Read` on its "
        "consumer group `themewire-ROLE`, and `Describe` and `Write` on transactional ids that begin with "
        "`themewire-ROLE-`; all have the latter for `themewire-append-`. Rights to `alerts.*` are to every topic that "
        "begins so, since themes of your own come at any time; `web` and `commands` also have `Create` there and "
        "`Write` on `topics`. Who runs `topics apply` needs `Create`, `AlterConfigs` and `Read` on "
        "every topic, `Write` on `topics`, and `Read` on every group.\n",
        "| role | reads | writes |",
        "|---|---|---|",
    ]
    for access in accesses(themes):
        own = [changelog(access.role)] if access.inputs else []
        reads = _listed((*access.inputs, *access.reads, *own), themes)
        lines.append(f"| {access.role} | {reads} | {_listed((*access.writes, *own), themes)} |")
    return lines


def _listed(names: Iterable[str], themes: Sequence[str]) -> str:
    """With the topics of all themes as one."""
    alerts = {alerts_topic(theme) for theme in themes}
    return ", ".join(f"`{name}`" for name in sorted({"alerts.*" if name in alerts else name for name in names}))


def _kept(topic: Topic) -> str:
    if topic.policy == "compact":
        return "latest per key"
    if topic.retention is None:
        return "forever"
    days = topic.retention // 86_400_000
    return "1 day" if days == 1 else f"{days} days"


def _metrics() -> str:
    """By who feeds them, with the closed list of each label's values."""
    lines = [
        "# Metrics\n",
        "Served at `/metrics` in the Prometheus format. Each process exposes the metrics of its roles. "
        "*THEME* stands for each theme, those of your own among them.\n",
        "| metric | type | labels | fed by | description |",
        "|---|---|---|---|---|",
    ]
    for metric in CATALOGUE:
        by = "each stage" if set(metric.by) >= {*STAGES} else ", ".join(metric.by) or "the process"
        kind = metric.kind.__name__.lower()
        lines.append(f"| `{metric.full}` | {kind} | {_labels(metric)} | {by} | {metric.about} |")
    lines.append(
        "\n`process_*` and `python_*` come from the library prometheus-client. Where each role is a process of its "
        "own (on Kafka), `process_*` has the label `role`: each role, and `supervisor`. Gauges about the whole stream "
        "(lag, feeds, subscriptions, the model) are exposed by every process that runs the role: take their `max`."
    )
    return "\n".join(lines) + "\n"


def _labels(metric: Declared[Any]) -> str:
    shown = []
    for label, values in metric.labels.items():
        named = [*values.names, *(["*THEME*"] if values.themes else []), *([values.one] if values.one else [])]
        shown.append(f"`{label}`: {', '.join(named)}")
    return "; ".join(shown)


def _runbooks() -> str:
    """Every alert with its page; YAML's own parser is not needed for what we have written ourselves."""
    rules = Path(__file__).parents[1] / "prometheus" / "rules"
    found = {
        (page, severity, name, _LABEL.sub(r"*\1*", summary))
        for path in sorted(rules.glob("*.yml"))
        for name, severity, summary, page in _ALERT.findall(path.read_text(encoding="utf-8"))
    }
    lines = [
        "# Runbooks\n",
        "For each alert in `deploy/prometheus/rules`: what it means, what to look at, and what to do.\n",
        "| alert | severity | summary |",
        "|---|---|---|",
    ]
    lines += [f"| [{name}]({page}.md) | {severity} | {summary} |" for page, severity, name, summary in sorted(found)]
    return "\n".join(lines) + "\n"


_ALERT = re.compile(r'- alert: (\w+)\n.*?severity: (\w+)\n.*?summary: "(.*?)"\n.*?/runbooks/([a-z-]+)\.md\n', re.DOTALL)
_LABEL = re.compile(r"\{\{ \$labels\.(\w+) \}\}")


def _decisions() -> str:
    """Every record by its number, title and date."""
    lines = [
        "# Decisions\n",
        "Each record says what was decided and when, what else was looked at, with figures, and what follows. A record "
        "that no longer holds is not rewritten: its status names the one that replaces it.\n",
        "| decision | date |",
        "|---|---|",
    ]
    for path in sorted(FOLDER.glob("decisions/0*.md")):
        text = path.read_text(encoding="utf-8")
        title, date = text.partition("\n")[0].removeprefix("# "), re.search(r"^Date: ([\d-]+)", text, re.MULTILINE)
        lines.append(f"| [{title}]({path.name}) | {date[1] if date else ''} |")
    return "\n".join(lines) + "\n"


def _commands() -> str:
    """The help of every command, as it is printed."""
    parts = ["# Commands\n"]
    stack: list[tuple[str, click.Command]] = [("themewire", group)]
    while stack:
        name, command = stack.pop(0)
        context = click.Context(command, info_name=name, max_content_width=100, terminal_width=100)
        parts.append(f"## {name}\n\n```\n{command.get_help(context)}\n```\n")
        if isinstance(command, click.Group):
            names = command.list_commands(context)
            stack += [(f"{name} {each}", found) for each in names if (found := command.get_command(context, each))]
    return "\n".join(parts)


def main() -> None:
    """Writes the pages, or with `--check` compares them."""
    stale = []
    for name, text in pages().items():
        path = FOLDER / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(text, encoding="utf-8")
    if stale and "--check" in sys.argv:
        sys.exit(f"out of date in docs/: {', '.join(stale)}; run `make docs`")
