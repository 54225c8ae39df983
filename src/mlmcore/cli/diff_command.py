"""`mlmcore diff`: two plans over the same people and orders: who gains, who loses, what it costs."""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from mlmcore.cli._arguments import Files, calculated, file_options, read_plan
from mlmcore.cli._output import format_option, new_file, plain_table, progress, refuse_existing, show
from mlmcore.domain.errors import Findings, InputError

if TYPE_CHECKING:
    from mlmcore.compensation.comparison import Comparison, PersonChange, Totals
    from mlmcore.compensation.loader import PlanChange
    from mlmcore.compensation.plan import Plan

__all__ = ["command"]

_MONEY: Final = (1, 2, 3)
_NO_RANK: Final = "none"


@click.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@file_options
@click.option("--variant-before", help="One of the first plan's variants.")
@click.option("--variant-after", help="One of the second plan's variants.")
@click.option("--top", type=click.IntRange(min=0), default=5, show_default=True, help="How many who gain or lose most.")
@click.option("--out", type=click.Path(path_type=Path), help="A new CSV file of everybody for whom anything changes.")
@format_option
def command(
    *,
    before: Path,
    after: Path,
    variant_before: str | None,
    variant_after: str | None,
    top: int,
    out: Path | None,
    **files: Any,
) -> None:
    """Calculate the plans BEFORE and AFTER over the same people and orders, and say what changes.

    What both plans say differently, what each bonus costs, who gains and who loses, and whose rank changes. With
    --variant-after a plan is held against a variant of its own.

    \b
    Example:
      mlmcore diff play/starter.toml changed.toml --people play/people.csv --orders play/orders.csv
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.compensation.comparison import compare
    from mlmcore.compensation.loader import plan_changes

    if out is not None:
        refuse_existing(out)
    with progress() as step:
        old, new = _plans((before, variant_before), (after, variant_after))
        given = Files(**files)
        first = calculated(step, before, variant_before, given, beside=new)
        second = calculated(step, after, variant_after, given, beside=old)
        found = compare(first, second)
        if out is not None:
            step("writing")
            with new_file(out) as file:
                file.writelines(line.encode() for line in _everybody(found))
    changes = plan_changes(old, new)
    gain, lose = (
        [found.change_of(person) for person in people[:top].tolist()] for people in (found.gainers, found.losers)
    )
    parts = [_heading(found), *_said_differently(changes), _by_bonus(found), _who(found)]
    parts += [_most("gain most", gain), _most("lose most", lose), _ranks(found)]
    parts += [f"everybody for whom anything changes: {out}"] if out else []
    show("\n\n".join(part for part in parts if part), _document(found, changes, gain, lose))


def _plans(*named: tuple[Path, str | None]) -> "list[Plan]":
    """Both plans, or everything that is wrong with either."""
    findings, found = Findings(), []
    for path, variant in named:
        try:
            found.append(read_plan(path, variant))
        except InputError as error:
            findings.extend(error.findings)
    findings.raise_if_any()
    return found


def _heading(found: "Comparison") -> str:
    """What was compared."""
    names = [
        f"plan {run.plan.id} version {run.plan.version}{f', variant {run.plan.variant}' if run.plan.variant else ''}"
        for run in (found.before, found.after)
    ]
    run = found.before
    counts = f"{run.period.id}: {len(run.network):,} people, {len(run.orders):,} orders, {run.plan.currency}"
    return f"{counts}\nbefore: {names[0]}\nafter:  {names[1]}"


def _said_differently(changes: "tuple[PlanChange, ...]") -> Iterator[str]:
    yield "what the plans say differently" if changes else "both plans say the same"
    if changes:
        yield plain_table(
            ["key", "before", "after"], [(one.path, one.before or "-", one.after or "-") for one in changes]
        )


def _by_bonus(found: "Comparison") -> str:
    rows = [_money_row(name, totals) for name, totals in (*found.by_bonus.items(), ("all", found.paid))]
    tables = [plain_table(["paid by", "before", "after", "change"], rows, right=_MONEY)]
    if found.by_account:
        of_accounts = [_money_row(name, totals) for name, totals in found.by_account.items()]
        tables.append(plain_table(["of it to", "before", "after", "change"], of_accounts, right=_MONEY))
    return "\n\n".join(tables)


def _money_row(name: str, totals: "Totals") -> tuple[str, ...]:
    return (name, str(totals.before.amount), str(totals.after.amount), _signed(totals))


def _signed(totals: "Totals") -> str:
    amount = totals.change.amount
    return f"+{amount}" if amount > 0 else str(amount)


def _who(found: "Comparison") -> str:
    """How many gain and lose, and how much together."""
    gained = f"who gains: {len(found.gainers):,}, {found.gained.amount} together"
    lost = f"who loses: {len(found.losers):,}, {found.lost.amount} together"
    return f"{gained}; {lost}; paid as before: {found.unchanged:,}"


def _amount(minor: int, currency: str) -> str:
    from mlmcore.domain.money import Money

    return str(Money(minor, currency).amount)


def _most(title: str, people: "list[PersonChange]") -> str:
    if not people:
        return ""
    rows = [
        (
            one.person,
            one.paid.before.amount,
            one.paid.after.amount,
            _signed(one.paid),
            ", ".join(f"{name} {_signed(totals)}" for name, totals in one.bonuses.items()),
        )
        for one in people
    ]
    return plain_table([title, "before", "after", "change", "by"], rows, right=_MONEY)


def _ranks(found: "Comparison") -> str:
    rows = [(old or _NO_RANK, new or _NO_RANK, f"{count:,}") for (old, new), count in found.rank_moves.items()]
    return plain_table(["rank before", "rank after", "people"], rows, right=(2,)) if rows else ""


def _everybody(found: "Comparison") -> Iterator[str]:
    """A CSV line for the header, and one for each person whose money or rank changes, by id."""
    yield _line("person", "rank_before", "rank_after", "before", "after", "change")
    before, after = found.before, found.after
    size, currency = len(found.position), before.plan.currency
    was, change = before.lines.by_person(size), found.by_person
    ranks = [[*run.plan.rank_ids, ""] for run in (before, after)]
    for person in before.network.ids.rank.argsort().tolist():
        old = ranks[0][before.ranks.values[person]]
        new = ranks[1][after.ranks.values[found.position[person]]]
        if change[person] or old != new:
            sums = (int(was[person]), int(was[person] + change[person]), int(change[person]))
            yield _line(before.network.ids.label(person), old, new, *(_amount(minor, currency) for minor in sums))


def _line(*fields: str) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(fields)
    return text.getvalue()


def _document(
    found: "Comparison", changes: "tuple[PlanChange, ...]", gain: "list[PersonChange]", lose: "list[PersonChange]"
) -> dict[str, Any]:
    from mlmcore.files import totals_of

    return {
        "before": totals_of(found.before),
        "after": totals_of(found.after),
        "plan": [{"path": one.path, "before": one.before, "after": one.after} for one in changes],
        "paid": _pair(found.paid),
        "by_bonus": {name: _pair(totals) for name, totals in found.by_bonus.items()},
        "by_account": {name: _pair(totals) for name, totals in found.by_account.items()},
        "people": {"gain": len(found.gainers), "lose": len(found.losers), "same": found.unchanged},
        "gain_most": [_person(one) for one in gain],
        "lose_most": [_person(one) for one in lose],
        "ranks": [{"before": old, "after": new, "people": count} for (old, new), count in found.rank_moves.items()],
    }


def _person(one: "PersonChange") -> Mapping[str, Any]:
    return {
        "person": one.person,
        "rank_before": one.rank_before,
        "rank_after": one.rank_after,
        **_pair(one.paid),
        "by_bonus": {name: _pair(totals) for name, totals in one.bonuses.items()},
    }


def _pair(totals: "Totals") -> dict[str, str]:
    return {name: str(getattr(totals, name).amount) for name in ("before", "after", "change")}
