"""`values.schema.json` of the Helm chart: strict, with roles, settings and secrets as the code has them."""

from collections.abc import Set
from typing import Any

from pydantic import SecretStr

from deploy.running.wiring import ROLES
from deploy.settings.loading import PREFIX, setting_names
from deploy.settings.model import Settings

__all__ = ["chart_values_schema"]

OWN = frozenset({"data.dir", "data.cache", "web.listen", "kafka.instance"})  # the chart's own, or different in each pod
SCALED = {"collect": ("cpu",), "tag": ("cpu", "lag"), "deliver": ("cpu", "lag"), "web": ("cpu",)}
QUANTITY = r"^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$"
NAME = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"

Schema = dict[str, Any]


def chart_values_schema() -> Schema:
    """What the chart's values may be; a name that is misspelt is refused, and so is a setting that there is not."""
    mounted = {name for name, field in setting_names() if field.annotation is SecretStr or name.endswith("_file")}
    whole = _object(
        {
            "image": _image(),
            "settings": _settings(mounted | OWN),
            "secrets": _object({name: {"$ref": "#/$defs/key"} for name in sorted(mounted)}),
            "files": _object({name: _text() for name in ("rules.toml", "themes.toml", "canary.toml")}),
            "roles": _object({role: _role(role) for role in _roles()}, *_roles()),
            "keda": _object({"authentication": _text()}),
            "networkPolicy": _network_policy(),
            "ingress": _ingress(),
            "monitoring": _monitoring(),
            "terminationGracePeriodSeconds": _whole(20, 600),
            "nodeSelector": _texts(),
            "tolerations": _objects(),
            "affinity": {"type": "object"},
            "priorityClassName": _text(),
            "podAnnotations": _texts(),
            "global": {"type": "object", "description": "What Helm hands to every chart; nothing of it is used."},
        },
        "settings",
        "roles",
    )
    key = _object({"name": _text(NAME), "key": _text(r"^[-._a-zA-Z0-9]+$")}, "name", "key")
    draft = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": draft, "title": "Values of the chart themewire", **whole, "$defs": {"key": key}}


def _roles() -> tuple[str, ...]:
    """Of the command line: the index comes with the web."""
    return (*(role for role in ROLES if role != "index"), "web")


def _object(properties: Schema, *required: str) -> Schema:
    strict: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return strict | ({"required": list(required)} if required else {})


def _text(pattern: str = "") -> Schema:
    return {"type": "string"} | ({"pattern": pattern} if pattern else {})


def _whole(least: int, most: int) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": most}


def _texts() -> Schema:
    return {"type": "object", "additionalProperties": _text()}


def _objects() -> Schema:
    """Passed on as they are: the API server knows what they may be."""
    return {"type": "array", "items": {"type": "object"}}


def _image() -> Schema:
    return _object(
        {
            "repository": _text("."),
            "tag": _text(),
            "digest": _text("^(|sha256:[0-9a-f]{64})$"),
            "pullPolicy": {"enum": ["Always", "IfNotPresent", "Never"]},
            "pullSecrets": {"type": "array", "items": _text(NAME)},
        },
        "repository",
    )


def _settings(without: Set[str]) -> Schema:
    """The settings by section, with types and bounds as `Settings` has them; roles apart need Kafka."""
    defined = Settings.model_json_schema()["$defs"]
    models = {name: field.annotation.__name__ for name, field in Settings.model_fields.items() if field.annotation}
    sections: Schema = {}
    for name, _ in setting_names():
        section, _, key = name.partition(".")
        of = sections.setdefault(section, _object({}))
        if name not in without:
            of["properties"][key] = defined[models[section]]["properties"][key]
    sections["stream"]["properties"]["url"] |= {"pattern": r"^kafka://[^,\s]+:\d+(,[^,\s]+:\d+)*$"}
    del sections["stream"]["properties"]["url"]["default"]
    sections["stream"]["required"] = ["url"]
    return _object({name: of for name, of in sections.items() if of["properties"]}, "stream")


def _role(role: str) -> Schema:
    sizes = _object({name: {"type": ["string", "number"], "pattern": QUANTITY} for name in ("cpu", "memory")}, "memory")
    properties = {
        "replicas": _whole(0, 1 if role == "train" else 1000),
        "storage": _text(QUANTITY),
        "env": {
            "type": "object",
            "propertyNames": {"pattern": r"^[A-Za-z_][A-Za-z0-9_]*$", "not": {"pattern": f"^{PREFIX}"}},
            "additionalProperties": {"$ref": "#/$defs/key"},
        },
        "egress": _objects(),
        "resources": _object({"requests": sizes, "limits": sizes}, "requests", "limits"),
    }
    if kinds := SCALED.get(role):
        scaling: Schema = {"by": {"enum": ["none", *kinds]}, "max": _whole(1, 1000), "cpu": _whole(1, 100)}
        if "lag" in kinds:
            scaling["lag"] = _whole(1, 1_000_000)
        properties["autoscaling"] = _object(scaling, *scaling)
    return _object(properties, "replicas", "storage", "resources")


def _network_policy() -> Schema:
    ports = {"type": "array", "items": _whole(1, 65535)}
    return _object(
        {
            "enabled": {"type": "boolean"},
            "dns": _objects(),
            "kafka": _object({"ports": ports, "to": _objects()}),
            "web": _objects(),
            "metrics": _objects(),
        }
    )


def _ingress() -> Schema:
    properties = {
        "enabled": {"type": "boolean"},
        "className": _text(),
        "host": _text(),
        "paths": {"type": "array", "minItems": 1, "items": _text("^/")},
        "tlsSecret": _text(),
        "annotations": _texts(),
    }
    named = {"properties": {"host": {"minLength": 1}}, "required": ["host"]}
    enabled = {"properties": {"enabled": {"const": True}}, "required": ["enabled"]}
    return _object(properties) | {"if": enabled, "then": named}


def _monitoring() -> Schema:
    return _object(
        {
            "podMonitor": {"type": "boolean"},
            "rules": {"type": "boolean"},
            "interval": _text(r"^[0-9]+(s|m)$"),
            "labels": _texts(),
        }
    )
