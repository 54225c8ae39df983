"""`mlmcore schema`: install, upgrade, look at, check, look after and print the PostgreSQL schema."""

from typing import Any

import click

from mlmcore.cli._database import connected, database_options, schema_option
from mlmcore.cli._output import format_option, progress, show

__all__ = ["command"]


@click.group()
def command() -> None:
    """Install, upgrade, check, look after and print the PostgreSQL schema.

    \b
    Example:
      mlmcore schema apply --dsn postgresql://me@localhost/shop
    """  # noqa: D301  (click wants the backspace itself)


@command.command()
@database_options
@click.option("--demo-users", is_flag=True, help="Also store the three demo users; they have no password.")
@format_option
def apply(dsn: str, schema: str, *, demo_users: bool) -> None:
    """Install the schema; a second time changes nothing.

    \b
    Example:
      mlmcore schema apply --dsn postgresql://me@localhost/shop --schema mlmcore
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.sql import installer

    with progress() as step, connected(dsn) as connection:
        installed = installer.apply(
            connection, schema, demo_users=demo_users, watch=lambda item: step(f"{item.file}:{item.line}")
        )
    words = "installed" if installed else "is installed already; nothing changed"
    show(f"schema {schema!r} {words}", {"schema": schema, "installed": installed})


@command.command()
@database_options
@format_option
def status(dsn: str, schema: str) -> None:
    """Say what is installed; exit code 1 where somebody has to do something: upgrade, make partitions.

    \b
    Example:
      mlmcore schema status --dsn postgresql://me@localhost/shop
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.sql import installer

    with connected(dsn) as connection:
        found = installer.status(connection, schema)
    lines = [f"schema {schema!r} on PostgreSQL {found.server}: " + _state(found)]
    if found.installed:
        lines += [f"audit log: partitions for {found.audit_months_ahead} more months, {found.audit_strays} stray rows"]
        lines += [f"periods {state}: {count}" for state, count in found.periods]
    lines += [f"ALARM: {alarm}" for alarm in found.alarms]
    document = {
        "schema": schema,
        "installed": found.installed,
        "current": found.current,
        "version": found.version,
        "server": found.server,
        "audit_months_ahead": found.audit_months_ahead,
        "audit_strays": found.audit_strays,
        "periods": dict(found.periods),
        "alarms": list(found.alarms),
    }
    show("\n".join(lines), document)
    if found.alarms:
        raise click.exceptions.Exit(1)


@command.command()
@database_options
@click.option("--dry-run", is_flag=True, help="Print the SQL of what is missing, to be run by hand; change nothing.")
@format_option
def upgrade(dsn: str, schema: str, *, dry_run: bool) -> None:
    """Bring an installed schema to this version; a second time changes nothing.

    \b
    Example:
      mlmcore schema upgrade --dsn postgresql://me@localhost/shop
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.sql import upgrading

    with progress() as step, connected(dsn) as connection:
        if dry_run:
            steps = upgrading.pending(connection, schema)
        else:
            steps = upgrading.upgrade(connection, schema, watch=lambda item: step(f"{item.file}:{item.line}"))
    nothing = f"schema {schema!r} is of this version; nothing to upgrade"
    document: dict[str, Any] = {"schema": schema, "dry_run": dry_run, "migrations": [item.file for item in steps]}
    if dry_run:
        text = upgrading.pending_script(schema, steps)
        show(text or f"-- {nothing}", {**document, "sql": text})
    else:
        show("\n".join(f"schema {schema!r}: {item.file} done" for item in steps) or nothing, document)


@command.command()
@database_options
@click.option("--ahead", default=3, show_default=True, help="For how many months after this one.")
@format_option
def partitions(dsn: str, schema: str, ahead: int) -> None:
    """Make the audit log's partitions for the months to come; a second time changes nothing.

    \b
    Example:
      mlmcore schema partitions --dsn postgresql://me@localhost/shop --ahead 12
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.sql import upkeep

    with connected(dsn) as connection:
        found = upkeep.make_partitions(connection, schema, ahead=ahead)
    text = f"made {', '.join(found.made)}; {found.moved} stray rows moved" if found.made else "all are there"
    show(text, {"schema": schema, "made": list(found.made), "moved": found.moved})


@command.command()
@database_options
@click.option("--additions", is_flag=True, help="Also what a host may add: privileges of its roles, and comments.")
@format_option
def check(dsn: str, schema: str, *, additions: bool) -> None:
    """Find whatever differs from what is installed by this version; changes nothing.

    \b
    Example:
      mlmcore schema check --dsn postgresql://me@localhost/shop
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.sql import installer

    with progress() as step, connected(dsn) as connection:
        step("comparing with a scratch schema")
        drift = installer.check(connection, schema, additions=additions)
    text = "\n".join(str(item) for item in drift) or f"schema {schema!r} is as it should be"
    listed = [{"what": item.what, "how": item.how, "expected": item.expected, "found": item.found} for item in drift]
    show(text, {"schema": schema, "drift": listed})
    if drift:
        raise click.exceptions.Exit(1)


@command.command()
@schema_option
@click.option("--demo-users", is_flag=True, help="Also the three demo users.")
@format_option
def sql(schema: str, *, demo_users: bool) -> None:
    """Print what `apply` runs on an empty database.

    \b
    Example:
      mlmcore schema sql > mlmcore.sql
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.sql import installer

    text = installer.script(schema, demo_users=demo_users)
    show(text, {"schema": schema, "sql": text})


def _state(found: Any) -> str:
    if not found.installed:
        return "not installed"
    return f"version {found.version}, " + ("current" if found.current else "not this mlmcore's")
