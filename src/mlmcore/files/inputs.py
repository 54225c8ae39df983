"""A run's inputs from files: all findings of all files at once."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from mlmcore.compensation.inputs import Orders, RunInputs
from mlmcore.compensation.plan import InputColumn, Plan
from mlmcore.domain.decimals import parse_decimal
from mlmcore.domain.enums import PeriodKind
from mlmcore.domain.errors import Findings, nearest
from mlmcore.domain.periods import Period
from mlmcore.files._fields import EPOCH
from mlmcore.files.orders import read_orders
from mlmcore.files.people import read_people

__all__ = ["read_inputs"]


def read_inputs(
    plan: Plan, *, people: Path, orders: Path, period: str | None = None, company: Mapping[str, str] | None = None
) -> RunInputs:
    """Read what a run of this plan over one period needs.

    Args:
        plan: Says which columns to expect.
        people: The people file.
        orders: The orders file.
        period: The period's id, such as `2026-03`; may be left out where all orders lie in one period.
        company: The company's figures, by name, as text.

    Raises:
        InputError: Everything that is wrong with any of them.
    """
    findings = Findings()
    found = read_people(people, plan, findings)
    sold = read_orders(orders, plan, found.people.ids if found else None, findings)
    figures = _company(plan, company or {}, findings)
    span = _period(plan, period, sold, str(orders), findings)
    findings.raise_if_any()
    if found is None or sold is None or span is None:
        raise AssertionError("a file that could not be read has left no finding")
    return RunInputs(period=span, people=found.people, trees=found.trees, orders=sold, company=figures)


def _period(plan: Plan, given: str | None, orders: Orders | None, file: str, findings: Findings) -> Period | None:
    """The period that was asked for, or the one in which all orders lie."""

    def refuse(what: str, todo: str) -> None:
        findings.add(code="files.period", what=what, todo=todo, file=file if given is None else "", path="period")

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
    if orders is None:
        return None
    days = {EPOCH + timedelta(days=int(day)) for day in set(orders.date.tolist())}
    periods = {period.id: period for period in (Period.containing(day, kind, plan.timezone) for day in days)}
    if len(periods) == 1:
        return next(iter(periods.values()))
    names = ", ".join(sorted(periods)) or "none"
    refuse(f"the orders lie in {len(periods)} periods: {names}", "say which one is to be calculated: --period 2026-03")
    return None


def _company(plan: Plan, given: Mapping[str, str], findings: Findings) -> dict[str, Decimal | str]:
    declared = plan.inputs.company
    figures: dict[str, Decimal | str] = {}
    for name, text in given.items():
        if name not in declared:
            what = f"the plan declares no company figure {name!r}"
            findings.add(code="files.unknown-figure", what=what, todo=nearest(name, declared), path="company")
            continue
        try:
            figures[name] = _figure(text, declared[name])
        except ValueError as error:
            findings.add(code="files.value", what=str(error), path=f"company.{name}")
    for name in declared:
        if name not in given:
            what = f"the plan reads company.{name}, and it was not given"
            findings.add(
                code="files.missing-figure", what=what, todo=f"give it: --company {name}=VALUE", path="company"
            )
    return figures


def _figure(text: str, declared: InputColumn) -> Decimal | str:
    return parse_decimal(text, declared.places) if declared.kind == "number" else text
