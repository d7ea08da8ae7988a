"""The chart: what Helm makes of it is what Kubernetes takes, and what the command and its settings know."""

import json
import os
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from starlette.routing import Route

from classifiers.stage import TagStage
from deploy.commands.run import command
from deploy.docs.chart_values import OWN
from deploy.running.supervisor import STOP_SECONDS
from deploy.settings.loading import load_settings, setting_names
from deploy.settings.model import Settings
from stream.delivering.stage import DeliverStage
from stream.kafka.log import KafkaLog
from stream.net.guard import Blocked, check_address
from stream.web import application
from tests.deploy.clean_root import TREE
from tests.deploy.test_container import said_by

try:
    import helm_python as helm
    import kubernetes_validate
except ImportError as error:  # its wheel is for Linux on x86-64
    if os.environ.get("CI"):
        raise
    pytest.skip(f"Helm's own library is not here: {error}", allow_module_level=True)

CHART = TREE / "deploy" / "helm"
EXAMPLES = sorted((CHART / "examples").glob("*.yaml"))
KUBERNETES = ("1.30.0", kubernetes_validate.latest_version())  # the oldest that the chart admits, and the newest
CUSTOM = json.loads((Path(__file__).parent / "custom_resources.json").read_text("utf-8"))
DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
URL = "kafka://kafka:9092"

Document = dict[str, Any]


def with_values(values: Document, more: Document) -> Document:
    """As Helm lays one file of values over another."""
    merged = deepcopy(values)
    for name, value in more.items():
        under = merged.get(name)
        merged[name] = with_values(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return merged


SMALL: Document = {"settings": {"stream": {"url": URL}}}
VARIANTS: dict[str, Document] = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in EXAMPLES} | {
    "open": with_values(SMALL, {"networkPolicy": {"enabled": False}}),
    "by cpu": with_values(
        SMALL, {"roles": {role: {"autoscaling": {"by": "cpu"}} for role in ("collect", "tag", "deliver", "web")}}
    ),
    "by lag": with_values(SMALL, {"roles": {role: {"autoscaling": {"by": "lag"}} for role in ("tag", "deliver")}}),
}


@pytest.fixture(scope="module")
def chart() -> Iterator[Any]:
    with helm.Chart.load(str(CHART)) as loaded:
        yield loaded


@pytest.fixture(scope="module", params=VARIANTS)
def documents(request: pytest.FixtureRequest, chart: Any) -> list[Document]:
    return rendered(chart, VARIANTS[request.param])


@pytest.fixture(scope="module")
def production(chart: Any) -> list[Document]:
    return rendered(chart, VARIANTS["production"])


def rendered(chart: Any, values: Document) -> list[Document]:
    files = chart.render(values, name="themewire", namespace="feeds")
    texts = [text for name, text in files.items() if name.endswith(".yaml")]
    return [each for text in texts for each in yaml.safe_load_all(text) if each]


def of_kind(documents: list[Document], kind: str) -> dict[str, Document]:
    return {each["metadata"]["name"]: each for each in documents if each["kind"] == kind}


def roles(documents: list[Document]) -> dict[str, Document]:
    """The deployments by what their command runs."""
    found = of_kind(documents, "Deployment").values()
    return {container(each)["args"][1]: each for each in found}


def container(deployment: Document) -> Document:
    (only,) = deployment["spec"]["template"]["spec"]["containers"]
    return only


def secret_files(deployment: Document) -> set[str]:
    """The settings whose values are mounted."""
    volumes = {each["name"]: each for each in deployment["spec"]["template"]["spec"]["volumes"]}
    sources = volumes.get("secrets", {"projected": {"sources": []}})["projected"]["sources"]
    return {item["path"] for source in sources for item in source["secret"]["items"]}


@pytest.mark.parametrize("values", VARIANTS.values(), ids=VARIANTS)
def test_helm_lint_has_nothing_against_it(values):
    report = helm.lint(str(CHART), values, strict=True)
    assert report["errors"] == []
    assert [each["error"] for each in report["messages"]] == ["icon is recommended"]


def test_yamllint_has_nothing_against_what_is_written_by_hand():
    assert said_by("yamllint", "--strict", str(CHART / "values.yaml"), str(CHART / "Chart.yaml")) == ""
    assert said_by("yamllint", "--strict", *map(str, EXAMPLES)) == ""


def test_what_is_made_is_yaml_without_a_key_twice(chart, tmp_path):
    for name, text in chart.render(VARIANTS["production"], name="themewire").items():
        if name.endswith(".yaml"):
            (tmp_path / Path(name).name).write_text(text, "utf-8")
    assert said_by("yamllint", "--strict", "-d", "{rules: {key-duplicates: enable}}", str(tmp_path)) == ""


@pytest.mark.parametrize("version", KUBERNETES)
def test_kubernetes_takes_every_document(documents, version):
    for document in documents:
        if document["kind"] in CUSTOM:
            jsonschema.validate(document["spec"], CUSTOM[document["kind"]])
        else:
            kubernetes_validate.validate(document, version, strict=True)
        assert document["metadata"]["namespace"] == "feeds"


def test_every_role_of_the_command_is_a_deployment(documents):
    (argument,) = (each for each in command.params if each.name == "roles")
    assert {*roles(documents)} == {*argument.type.choices} - {"index"}  # which comes with the web
    assert all(container(each)["args"] == ["run", role] for role, each in roles(documents).items())


def test_no_container_can_do_more_than_it_has_to(documents):
    for deployment in of_kind(documents, "Deployment").values():
        pod, its = deployment["spec"]["template"]["spec"], container(deployment)
        assert pod["automountServiceAccountToken"] is False
        assert pod["enableServiceLinks"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == pod["securityContext"]["runAsGroup"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert its["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {*its["resources"]["limits"]} >= {"memory", "ephemeral-storage"}
        assert {*its["resources"]["requests"]} >= {"cpu", "memory", "ephemeral-storage"}
        written = {each["name"] for each in its["volumeMounts"] if not each.get("readOnly")}
        assert written == {each["name"] for each in pod["volumes"] if "emptyDir" in each} == {"data", "tmp"}


def test_probes_ask_what_is_served_where_it_listens(documents):
    served = {route.path for route in application(lambda: None, dict).routes if isinstance(route, Route)}
    for deployment in of_kind(documents, "Deployment").values():
        its = container(deployment)
        (port,) = its["ports"]
        listen = {each["name"]: each.get("value", "") for each in its["env"]}["THEMEWIRE_WEB__LISTEN"]
        assert listen == f"0.0.0.0:{port['containerPort']}"
        asked = {kind: its[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")}
        assert all(each["port"] == port["name"] and each["path"] in served for each in asked.values())
        assert (asked["liveness"]["path"], asked["readiness"]["path"]) == ("/live", "/ready")


def test_a_role_has_the_time_it_takes_to_stop(documents):
    for deployment in of_kind(documents, "Deployment").values():
        before = container(deployment).get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        has = deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
        assert has > before + STOP_SECONDS + 2 * 5  # the web server and the canary's


def test_the_settings_arrive_as_they_were_given(production, tmp_path):
    """As the command reads them, from the variables and the files that are mounted."""
    values = with_values(DEFAULTS, VARIANTS["production"])
    (data,) = (each["data"] for name, each in of_kind(production, "ConfigMap").items() if name.endswith("-settings"))
    for role, deployment in roles(production).items():
        environ = {**data, **{each["name"]: each["value"] for each in container(deployment)["env"] if "value" in each}}
        for setting in secret_files(deployment):
            path = tmp_path / setting
            path.write_text(f"the value of {setting}", "utf-8")
            environ = {n: v.replace(f"/etc/themewire/secrets/{setting}", str(path)) for n, v in environ.items()}
        assert not any(text.startswith("/etc") for text in environ.values())
        settings = load_settings(None, environ, {})
        wanted = {section: dict(named) for section, named in values["settings"].items()}
        wanted["data"] = {"dir": "/data", "cache": "/data/cache"}
        wanted.setdefault("web", {})["listen"] = "0.0.0.0:8080"
        for setting in secret_files(deployment):
            section, _, name = setting.partition(".")
            wanted.setdefault(section, {})[name] = (
                tmp_path / setting if name.endswith("_file") else f"the value of {setting}"
            )
        assert settings == Settings.model_validate(wanted), role


def test_secrets_are_by_reference_and_go_to_those_who_use_them(production):
    kafka, mail = {"kafka.password", "kafka.ca_file"}, {"mail.password", "mail.ca_file"}
    uses = {"web": {"web.token", "web.links_secret"}, "deliver": {"web.links_secret", *mail}}
    assert {role: secret_files(each) for role, each in roles(production).items()} == {
        role: uses.get(role, set()) | kafka for role in roles(production)
    }
    given = {
        each["name"]: (role, each["valueFrom"]["secretKeyRef"])
        for role, deployment in roles(production).items()
        for each in container(deployment)["env"]
        if "valueFrom" in each
    }
    assert given == {
        "FEED_TOKEN": ("collect", {"name": "feeds", "key": "token"}),
        "HOOK_SECRET": ("deliver", {"name": "hooks", "key": "team"}),
    }
    assert of_kind(production, "Secret") == {}


def test_what_selects_pods_selects_some(documents):
    pods = [each["spec"]["template"]["metadata"]["labels"] for each in of_kind(documents, "Deployment").values()]
    found = {
        "Deployment": lambda spec: spec["selector"]["matchLabels"],
        "Service": lambda spec: spec["selector"],
        "PodDisruptionBudget": lambda spec: spec["selector"]["matchLabels"],
        "NetworkPolicy": lambda spec: spec["podSelector"]["matchLabels"],
        "PodMonitor": lambda spec: spec["selector"]["matchLabels"],
    }
    for document in documents:
        if pick := found.get(document["kind"]):
            assert any(pick(document["spec"]).items() <= labels.items() for labels in pods), document["metadata"]
        if target := document.get("spec", {}).get("scaleTargetRef"):
            assert target["name"] in of_kind(documents, "Deployment")


def test_only_what_has_several_pods_has_a_budget(documents):
    for name, deployment in of_kind(documents, "Deployment").items():
        scaled = of_kind(documents, "HorizontalPodAutoscaler") | of_kind(documents, "ScaledObject")
        least = deployment["spec"].get("replicas")
        assert (least is None) == (name in scaled)
        if least is None:
            spec = scaled[name]["spec"]
            least = spec.get("minReplicas", spec.get("minReplicaCount"))
        assert (name in of_kind(documents, "PodDisruptionBudget")) == (least > 1)


def test_pods_are_made_for_the_lag_of_the_group_that_reads_the_topic(chart):
    log = object.__new__(KafkaLog)  # the names alone, without a broker
    log._prefix = "news."
    inputs = {"tag": TagStage.inputs, "deliver": DeliverStage(1).inputs}
    prefixed = with_values(VARIANTS["by lag"], {"settings": {"kafka": {"prefix": "news."}}})
    scaled = of_kind(rendered(chart, prefixed), "ScaledObject")
    for role, topics in inputs.items():
        (trigger,) = scaled[f"themewire-{role}"]["spec"]["triggers"]
        assert trigger["metadata"]["consumerGroup"] == log.group(role)
        assert trigger["metadata"]["topic"] in map(log.full, topics)
        assert trigger["metadata"]["bootstrapServers"] == URL.removeprefix("kafka://")


def test_the_network_lets_out_what_the_guard_lets_out(production):
    """Of collect and deliver: at the edges of what is refused, and all over the addresses that there are."""
    policies = of_kind(production, "NetworkPolicy")
    (rule,) = policies["themewire-outward"]["spec"]["egress"]
    (chosen,) = policies["themewire-outward"]["spec"]["podSelector"]["matchExpressions"]
    assert chosen["values"] == ["collect", "deliver"]
    allowed = [ip_network("10.20.0.0/16")]
    blocks = [
        (ip_network(each["ipBlock"]["cidr"]), [ip_network(text) for text in each["ipBlock"].get("except", [])])
        for each in rule["to"]
    ]
    edges = {ip_network(net)[at] for _, without in blocks for net in without for at in (0, -1)}
    edges |= {one + by for one in [*edges] for by in (-1, 1) if 0 < int(one) < 2**32 - 1 or one.version == 6}
    some = [ip_address(f"{a}.{b}.77.9") for a in range(256) for b in range(0, 256, 15)]
    six = [ip_address(text) for text in ("::1", "fe80::1", "fd00::1", "2a00:1450::1", "64:ff9b::a00:1", "ff02::1")]
    for address in (*edges, *some, *six, ip_address("10.20.3.4"), ip_address("10.21.3.4")):
        same = [(net, without) for net, without in blocks if net.version == address.version and address in net]
        let = any(not any(address in each for each in without) for _, without in same)
        assert let == is_let(str(address), allowed), address


def is_let(address: str, allowed: list[Any]) -> bool:
    try:
        check_address(address, allowed)
    except Blocked:
        return False
    return True


def test_the_other_roles_reach_names_and_brokers_only(production):
    policies = of_kind(production, "NetworkPolicy")
    base = policies["themewire"]["spec"]
    assert sorted(base["policyTypes"]) == ["Egress", "Ingress"]
    assert {port["port"] for rule in base["egress"] for port in rule["ports"]} == {53, 9093, 9094}
    outward = {name for name, each in policies.items() if "Egress" in each["spec"]["policyTypes"]}
    assert outward == {"themewire", "themewire-outward", "themewire-deliver-egress"}


def test_prometheus_is_given_the_rules_that_there_are(production):
    beside = sorted((TREE / "deploy" / "prometheus" / "rules").glob("*.yml"))
    groups = [each for path in beside for each in yaml.safe_load(path.read_text("utf-8"))["groups"]]
    assert of_kind(production, "PrometheusRule")["themewire"]["spec"]["groups"] == groups


WRONG: dict[str, tuple[Document, str]] = {
    "no stream": ({"settings": {"stream": {"url": None}}}, "settings/stream"),
    "an embedded stream": ({"settings": {"stream": {"url": "sqlite:////data/stream.db"}}}, "settings/stream/url"),
    "a name at the top": ({"role": {}}, "'role'"),
    "a role": ({"roles": {"tagger": {}}}, "'tagger'"),
    "a role's value": ({"roles": {"tag": {"replica": 2}}}, "'replica'"),
    "a section": ({"settings": {"fetches": {}}}, "'fetches'"),
    "a setting": ({"settings": {"fetch": {"intervall": 60}}}, "'intervall'"),
    "a setting's type": ({"settings": {"fetch": {"flood": "many"}}}, "settings/fetch/flood"),
    "a setting's bound": ({"settings": {"fetch": {"concurrency": 501}}}, "settings/fetch/concurrency"),
    "a secret in the clear": ({"settings": {"web": {"token": "abc"}}}, "'token'"),
    "a secret's value": ({"secrets": {"web.token": "abc"}}, "web.token"),
    "a secret that is none": ({"secrets": {"web.tokens": {"name": "a", "key": "b"}}}, "'web.tokens'"),
    "what the chart sets": ({"settings": {"web": {"listen": "127.0.0.1:1"}}}, "'listen'"),
    "a setting by a role's variable": (
        {"roles": {"web": {"env": {"THEMEWIRE_WEB__URL": {"name": "a", "key": "b"}}}}},
        "THEMEWIRE_WEB__URL",
    ),
    "two trainers": ({"roles": {"train": {"replicas": 2}}}, "roles/train/replicas"),
    "a role that does not scale": ({"roles": {"story": {"autoscaling": {"by": "lag"}}}}, "'autoscaling'"),
    "lag where there is none": ({"roles": {"web": {"autoscaling": {"by": "lag"}}}}, "roles/web/autoscaling/by"),
    "too little time to stop": ({"terminationGracePeriodSeconds": 5}, "terminationGracePeriodSeconds"),
    "an ingress for no host": ({"ingress": {"enabled": True}}, "ingress/host"),
    "more pods than partitions": ({"roles": {"tag": {"replicas": 13}}}, "13 pods are more than the 12 partitions"),
    "more pods than partitions, by lag": (
        {"roles": {"tag": {"autoscaling": {"by": "lag", "max": 5}}}, "settings": {"stream": {"partitions": 4}}},
        "5 pods are more than the 4 partitions",
    ),
    "least above most": (
        {"roles": {"web": {"replicas": 3, "autoscaling": {"by": "cpu", "max": 2}}}},
        "between 1 and autoscaling.max",
    ),
    "links without what signs them": (
        {"settings": {"web": {"url": "https://themewire.example"}}},
        "secrets.web.links_secret",
    ),
}


@pytest.mark.parametrize(("values", "named"), WRONG.values(), ids=WRONG)
def test_what_is_misspelt_or_cannot_be_is_refused_and_named(chart, values, named):
    with pytest.raises(helm.HelmError) as error:
        chart.render(with_values(SMALL, values), name="themewire")
    assert named in str(error.value)


def test_every_value_that_may_be_given_is_shown_with_its_default():
    schema = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    told = {"settings", "secrets", "files", "global"}

    def missing(properties: Document, values: Document, path: str) -> Iterator[str]:
        for name, of in properties.items():
            if name not in values:
                yield path + name
            elif "properties" in of:
                yield from missing(of["properties"], values[name], f"{path}{name}.")

    rest = {name: of for name, of in schema["properties"].items() if name not in told}
    assert {name for name in missing(rest, DEFAULTS, "") if not name.endswith("resources.limits.cpu")} == set()
    sections = schema["properties"]["settings"]["properties"].items()
    settings = {f"{section}.{name}" for section, of in sections for name in of["properties"]}
    assert settings | {*schema["properties"]["secrets"]["properties"]} | OWN == {name for name, _ in setting_names()}


def test_versions_agree():
    with (TREE / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    written = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    assert written["version"] == written["appVersion"] == version
