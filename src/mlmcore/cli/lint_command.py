"""`mlmcore lint`: check a plan, and say what it computes in which order."""

from pathlib import Path

import click

from mlmcore.cli._arguments import read_plan
from mlmcore.cli._output import format_option, show, show_document

__all__ = ["command"]


@click.command()
@click.argument("plan", type=click.Path(path_type=Path), required=False)
@click.option("--variant", help="One of the plan's variants.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of plans, for an editor, instead.")
@format_option
def command(plan: Path | None, variant: str | None, *, schema: bool) -> None:
    """Check PLAN: every finding at once, or what it computes and in which order, and what is worth knowing.

    \b
    Example:
      mlmcore lint play/starter.toml
    """  # noqa: D301  (click wants the backspace itself)
    if schema:
        from mlmcore.compensation.loader import plan_schema

        show_document(plan_schema())
        return
    if plan is None:
        raise click.UsageError("Missing argument 'PLAN'.")
    _lint(plan, variant)


def _lint(plan: Path, variant: str | None) -> None:
    from mlmcore.compensation.notes import plan_notes

    found = read_plan(plan, variant)
    notes = plan_notes(found)
    steps = [(step.kind.replace("_", " "), step.name) for step in found.steps]
    lines = [f"{plan}: plan {found.id!r}, version {found.version}, is sound", "it computes, in this order:"]
    lines += [f"  {kind} {name}" if kind != name else f"  {name}" for kind, name in steps]
    lines += ["worth knowing:", *(f"  {note}" for note in notes)] if notes else []
    document = {
        "plan": found.id,
        "version": found.version,
        "digest": found.digest,
        "steps": [{"kind": kind, "name": name} for kind, name in steps],
        "notes": list(notes),
    }
    show("\n".join(lines), document)
