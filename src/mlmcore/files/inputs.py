"""A run's inputs from files: all findings of all files at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from mlmcore.compensation.inputs import RunInputs
from mlmcore.compensation.plan import Plan
from mlmcore.domain.enums import PeriodKind
from mlmcore.domain.errors import Findings, InputError, nearest
from mlmcore.domain.periods import Period
from mlmcore.files._fields import read_value, sound_days
from mlmcore.files._ids import sound_ids
from mlmcore.files._table import Table
from mlmcore.files.events import read_events
from mlmcore.files.moves import movers, moves_of, moves_table
from mlmcore.files.orders import orders_of, orders_table
from mlmcore.files.people import people_of, people_table
from mlmcore.genealogy import IdIndex

__all__ = ["read_inputs"]

_NAMED_MAX: Final = 6
"""How many periods a message names: a file of days may hold hundreds."""


def read_inputs(
    plan: Plan,
    *,
    people: Path,
    orders: Path,
    events: Mapping[str, Path] | None = None,
    period: str | None = None,
    company: Mapping[str, str] | None = None,
    moves: Path | None = None,
    beside: Plan | None = None,
) -> RunInputs:
    """Read what a run of this plan over one period needs.

    Args:
        plan: Says which columns to expect.
        people: The people file.
        orders: The orders file.
        events: The file of each of the events that the plan declares, by name.
        period: The period's id, such as `2026-03`; may be left out where all orders lie in one period.
        company: The company's figures, by name, as text.
        moves: The moves file, if there is one; the people file then says where each stood before the first move.
        beside: Another plan that the same files serve: columns, events and figures that only it declares are passed
            over.

    Raises:
        InputError: Everything that is wrong with any of them.
    """
    findings = Findings()
    listed = people_table(people, plan, findings, beside)
    moved = None if moves is None else moves_table(moves, plan, findings)
    found = None if listed is None else people_of(listed, plan, findings, movers(moved))
    known = found.people.ids if found is not None else _known(listed)
    rows = orders_table(orders, plan, findings, beside)
    sold = None if rows is None else orders_of(rows, plan, known, findings)
    dated = None if moved is None else moves_of(moved, plan, known, findings)
    read = read_events(events or {}, plan, known, findings, beside)
    happened = {name: one for name, one in read.items() if one is not None}
    figures = _company(plan, beside, company or {}, findings)
    span = _period(plan, period, rows, findings)
    findings.raise_if_any()
    if found is None or sold is None or span is None:
        raise AssertionError("a file that could not be read has left no finding")
    return RunInputs(
        period=span,
        people=found.people,
        trees=found.trees,
        orders=sold,
        events=happened,
        company=figures,
        moves=dated or {},
    )


def _known(people: Table | None) -> IdIndex | None:
    """Whom orders may name, although something else about people is wrong; None where nobody can say."""
    return sound_ids(people) if people is not None and people.whole else None


def _period(plan: Plan, given: str | None, orders: Table | None, findings: Findings) -> Period | None:
    """The period that was asked for, or the one in which all orders lie."""
    file = orders.file if orders is not None and given is None else ""

    def refuse(what: str, todo: str) -> None:
        findings.add(code="files.period", what=what, todo=todo, file=file, path="period")

    kind = PeriodKind(plan.period)
    if given is not None:
        try:
            period = Period.parse(given, plan.timezone)
        except ValueError as error:
            what, _, todo = str(error).partition("; ")
            refuse(what, todo)
            return None
        if period.kind != kind:
            refuse(f"{given} is a {period.kind}, and the plan's periods are a {kind}", "name one of those")
        return period
    if orders is not None:
        before = len(findings)
        periods = _periods_of(orders, kind, plan.timezone, findings)
        if len(periods) == 1:
            return next(iter(periods.values()))[0]
        known = len(findings) > before or (not periods and len(orders))  # what is wrong with the dates
        if not known:
            refuse(_no_one_period(orders, periods), "say which one is to be calculated: --period 2026-03")
    return None


def _no_one_period(orders: Table, periods: Mapping[str, tuple[Period, int]]) -> str:
    if not periods:
        return "the file holds no orders, so nothing says which period is meant"
    names = [f"{name} (line {orders.lines[row]})" for name, (_, row) in sorted(periods.items())]
    more = f" and {len(names) - _NAMED_MAX} more" if len(names) > _NAMED_MAX else ""
    return f"the orders lie in {len(names)} periods: {', '.join(names[:_NAMED_MAX])}{more}"


def _periods_of(orders: Table, kind: PeriodKind, timezone: str, findings: Findings) -> dict[str, tuple[Period, int]]:
    """The periods in which orders lie by id, each with its first row; a day that is in none is found."""
    periods: dict[str, tuple[Period, int]] = {}
    for day, row in sorted(sound_days(orders, "date").items(), key=lambda found: found[1]):
        try:
            period = Period.containing(day, kind, timezone)
        except InputError as error:
            orders.find(findings, row, "date", "files.period", error.findings[0].what, "correct the date")
            continue
        periods.setdefault(period.id, (period, row))
    return periods


def _company(plan: Plan, beside: Plan | None, given: Mapping[str, str], findings: Findings) -> dict[str, Any]:
    declared = plan.inputs.company
    figures: dict[str, Any] = {}
    for name, text in given.items():
        if name not in declared and beside and name in beside.inputs.company:
            continue
        if name not in declared:
            what = f"the plan declares no company figure {name!r}"
            findings.add(code="files.unknown-figure", what=what, todo=nearest(name, declared), path="company")
            continue
        try:
            figures[name] = read_value(text, declared[name])
        except InputError as error:
            wrong = error.findings[0]
            findings.add(code="files.value", what=wrong.what, todo=wrong.todo, path=f"company.{name}")
    for name in declared:
        if name not in given:
            what = f"the plan reads company.{name}, and it was not given"
            findings.add(
                code="files.missing-figure", what=what, todo=f"give it: --company {name}=VALUE", path="company"
            )
    return figures
