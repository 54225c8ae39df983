"""A run's inputs from files: all findings of all files at once."""

from collections.abc import Mapping
from pathlib import Path

from mlmcore.compensation.inputs import RunInputs
from mlmcore.compensation.plan import InputColumn, Plan
from mlmcore.domain.decimals import parse_decimal
from mlmcore.domain.errors import Findings, nearest
from mlmcore.domain.periods import Period
from mlmcore.files.orders import read_orders
from mlmcore.files.people import read_people

__all__ = ["read_inputs"]


def read_inputs(
    plan: Plan, *, people: Path, orders: Path, period: Period, company: Mapping[str, str] | None = None
) -> RunInputs:
    """Read what a run of this plan over this period needs.

    Args:
        plan: Says which columns to expect.
        people: The people file.
        orders: The orders file.
        period: The period to calculate.
        company: The company's figures, by name, as text.

    Raises:
        InputError: Everything that is wrong with any of them.
    """
    findings = Findings()
    found = read_people(people, plan, findings)
    sold = read_orders(orders, plan, found.people.ids if found else None, findings)
    figures = _company(plan, company or {}, findings)
    findings.raise_if_any()
    if found is None or sold is None:
        raise AssertionError("a file that could not be read has left no finding")
    return RunInputs(period=period, people=found.people, trees=found.trees, orders=sold, company=figures)


def _company(plan: Plan, given: Mapping[str, str], findings: Findings) -> dict[str, object]:
    declared = plan.inputs.company
    figures: dict[str, object] = {}
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


def _figure(text: str, declared: InputColumn) -> object:
    return parse_decimal(text, declared.places) if declared.kind == "number" else text
