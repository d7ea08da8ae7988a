"""`themewire topics acls`."""

import shlex
from dataclasses import asdict

import click

from deploy.options import common, print_json
from deploy.settings.model import Settings
from stream.kafka.acls import APPLY, Acl, acls
from stream.log.access import accesses

__all__ = ["command"]

ROLES = [access.role for access in accesses(())]


@click.command("acls")
@click.argument("roles", nargs=-1, type=click.Choice([*ROLES, APPLY]), metavar="[ROLE]...")
@click.option(
    "--principal", default="User:themewire-{role}", show_default=True, help="Principal of a role; {role} stands for it."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@common
def command(settings: Settings, roles: tuple[str, ...], principal: str, as_json: bool) -> None:
    """Print the rights that each role needs, as arguments of kafka-acls.sh.

    Besides the roles of `run`, `commands` stands for the command line, and `topics` for who runs `topics apply`.
    The broker is not asked.
    """
    for acl in acls(lambda name: settings.kafka.prefix + name):
        if roles and acl.role not in roles:
            continue
        if as_json:
            print_json({"principal": principal.replace("{role}", acl.role), **asdict(acl)})
        else:
            click.echo(shlex.join(_arguments(acl, principal.replace("{role}", acl.role))))


def _arguments(acl: Acl, principal: str) -> list[str]:
    operations = [word for each in acl.operations for word in ("--operation", each)]
    pattern = ["--resource-pattern-type", "prefixed"] if acl.prefixed else []
    return ["--add", "--allow-principal", principal, *operations, f"--{acl.resource}", acl.name, *pattern]
