"""`mlmcore lint`: check a plan, and say what it computes in which order."""

from pathlib import Path

import click

from mlmcore.cli._arguments import plan_argument, read_plan
from mlmcore.cli._output import format_option, show

__all__ = ["command"]


@click.command()
@plan_argument
@click.option("--variant", help="One of the plan's variants.")
@format_option
def command(plan: Path, variant: str | None) -> None:
    """Check a plan: every finding at once, or what it computes and in which order.

    \b
    Example:
      mlmcore lint play/starter.toml
    """  # noqa: D301  (click wants the backspace itself)
    found = read_plan(plan, variant)
    steps = [(step.kind.replace("_", " "), step.name) for step in found.steps]
    lines = [f"{plan}: plan {found.id!r}, version {found.version}, is sound", "it computes, in this order:"]
    lines += [f"  {kind} {name}" if kind != name else f"  {name}" for kind, name in steps]
    document = {
        "plan": found.id,
        "version": found.version,
        "digest": found.digest,
        "steps": [{"kind": kind, "name": name} for kind, name in steps],
    }
    show("\n".join(lines), document)
