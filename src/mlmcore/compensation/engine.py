"""`calculate`: a plan and inputs in, a result out; nothing else is read, so a run can be repeated byte for byte.

The order is by dependency, as the plan's steps say: order columns, measures and ranks, bonuses, then what is carried.
Each step adds columns to the run's sheet, from which the next ones read. How a kind of bonus finds what it offers
stands in `bonuses`; what became of it is kept in the run's `_books`.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation._books import Books
from mlmcore.compensation._given import RANK, check_given, laid_over, laid_over_ranks
from mlmcore.compensation.arranged import arrange
from mlmcore.compensation.bonuses import ran
from mlmcore.compensation.bonuses.pool import find_gone_funds
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.frames import Sheet, orders_frame, people_frame, run_frame
from mlmcore.compensation.inputs import RunInputs
from mlmcore.compensation.plan import AnyBonus, Plan
from mlmcore.compensation.previous import best_before
from mlmcore.compensation.result import Result
from mlmcore.compensation.steps import Step
from mlmcore.domain.errors import Finding, Findings, InputError

__all__ = ["calculate"]

_NO_RANK: Final = -1


def calculate(plan: Plan, inputs: RunInputs) -> Result:
    """Run a plan over one period.

    Args:
        plan: A plan from the loader, or one written in Python.
        inputs: Everything else that the run reads, rows in any order.

    Returns:
        The result; the same inputs give the same bytes.

    Raises:
        InputError: The inputs do not fit the plan, or something cannot be computed.
        IdentityError: A fault of this library.
    """
    plan = plan.checked()
    findings = Findings()
    _find_other_periods(plan, inputs, findings)
    check_given(plan, inputs, findings)
    find_gone_funds(plan, inputs.previous, findings)
    findings.raise_if_any()
    run = _Run(plan, inputs)
    for step in plan.steps:
        run.take(step)
    return run.result()


def _find_other_periods(plan: Plan, inputs: RunInputs, findings: Findings) -> None:
    period = inputs.period
    if plan.period != period.kind or plan.timezone != period.timezone:
        what = f"the period {period.id} is a {period.kind} in {period.timezone}"
        todo = f"the plan's periods are a {plan.period} in {plan.timezone}"
        findings.add(code="inputs.period", what=what, todo=todo, path="period")
    if period.start < plan.effective_from:
        what = f"the period {period.id} begins on {period.start}, and the plan is effective from {plan.effective_from}"
        todo = "calculate it with the plan that held then"
        findings.add(code="inputs.period", what=what, todo=todo, path="period")


class _Run:
    """One run while it goes on."""

    def __init__(self, plan: Plan, inputs: RunInputs) -> None:
        self._plan = plan
        self._sheet = Sheet(plan, arrange(plan, inputs))
        self._books = Books(self._sheet)
        self._carried: dict[str, Column] = {}
        if not plan.ranks:
            self._set_ranks(_no_ranks(self._sheet), _no_ranks(self._sheet))

    def take(self, step: Step) -> None:
        """Compute one step."""
        sheet = self._sheet
        match step.kind:
            case "order_column":
                node = self._plan.order_columns[step.name].node
                sheet.order[step.name] = evaluate(node, orders_frame(sheet, None))
            case "measure":
                computed = evaluate(self._plan.measures[step.name].node, people_frame(sheet))
                sheet.person[step.name] = laid_over(computed, sheet.rows.given.get(step.name))
            case "rank":
                self._take_ranks()
            case "bonus":
                self._take_bonus(self._plan.bonus(step.name))
            case "cap":
                self._books.cap(step.name)
            case _:
                self._take_carry(step.name)

    def result(self) -> Result:
        """What it comes to."""
        sheet, books = self._sheet, self._books
        bonuses = tuple(f"{bonus.id}." for bonus in self._plan.bonuses)
        published = {name: column for name, column in sheet.person.items() if name.startswith(bonuses)}
        return Result(
            plan=self._plan,
            rows=sheet.rows,
            lines=books.lines,
            unpaid=books.unpaid,
            accounts=books.accounts,
            missed=books.missed,
            measures={name: sheet.person[name] for name in self._plan.measures},
            order_columns={name: sheet.order[name] for name in self._plan.order_columns},
            published=published,
            figures=sheet.figures,
            ranks=sheet.person["rank"],
            rank_now=sheet.person["rank.now"],
            rank_best=sheet.person["rank.best"],
            carried={**books.carried, **self._carried},
            carried_rows=books.rows,
            identity=books.identity,
        )

    def _take_ranks(self) -> None:
        sheet, rule = self._sheet, self._plan.rank_rule
        now = self._by_requirement()
        given = now
        if rule is not None and rule.source == "attribute":
            given = self._by_attribute(rule.attribute)
            if all(rank.requires is None for rank in self._plan.ranks):
                now = given
        now, given = self._laid_over(now), self._laid_over(given)
        best = np.maximum(best_before(self._plan, sheet.rows), np.maximum(now, given)).astype(np.int16)
        current = self._laid_over(best) if rule is not None and rule.source == "best" else given
        self._set_ranks(self._ranks(current), self._ranks(best), self._ranks(now))

    def _laid_over(self, positions: NDArray[np.int16]) -> NDArray[np.int16]:
        """Ranks, and those that are given instead."""
        return laid_over_ranks(positions, self._sheet.rows.given.get(RANK), self._plan.rank_ids)

    def _by_requirement(self) -> NDArray[np.int16]:
        """The highest rank whose requirement holds; on a ladder, only while every lower one holds too."""
        frame = people_frame(self._sheet)
        ladder = self._plan.rank_rule is not None and self._plan.rank_rule.climb == "ladder"
        reached = np.full(self._sheet.size, _NO_RANK, dtype=np.int16)
        climbing = np.ones(self._sheet.size, dtype=np.bool_)
        for position, rank in enumerate(self._plan.ranks):
            if rank.requires is None:
                continue
            holds = evaluate(rank.requires.node, frame).values
            climbing &= holds
            reached[climbing if ladder else holds] = position
        return reached

    def _by_attribute(self, name: str) -> NDArray[np.int16]:
        column = self._sheet.person[name]
        unknown = sorted(set(column.categories) - set(self._plan.rank_ids))
        if unknown:
            what = f"the attribute {name} holds {', '.join(map(repr, unknown))}, which are no ranks"
            todo = f"ranks: {', '.join(self._plan.rank_ids)}"
            raise InputError([Finding(code="inputs.rank", what=what, todo=todo, path=f"people.{name}")])
        return _rank_positions(self._plan, column)

    def _ranks(self, positions: NDArray[np.int16]) -> Column:
        return Column.ranks(positions, self._plan.rank_ids)

    def _set_ranks(self, rank: Column, best: Column, now: Column | None = None) -> None:
        self._sheet.person.update({"rank": rank, "rank.best": best, "rank.now": now or rank})

    def _take_bonus(self, bonus: AnyBonus) -> None:
        sheet = self._sheet
        runs = bonus.when is None or bool(evaluate(bonus.when.node, run_frame(sheet)).values[0])
        self._books.enter(bonus, ran(sheet, bonus, runs=runs))

    def _take_carry(self, name: str) -> None:
        self._carried[name] = evaluate(self._plan.carry[name].value.node, people_frame(self._sheet))


def _no_ranks(sheet: Sheet) -> Column:
    return Column.ranks(np.full(sheet.size, _NO_RANK, dtype=np.int16))


def _rank_positions(plan: Plan, names: Column) -> NDArray[np.int16]:
    """Rank ids as positions; none, and ids that the plan no longer has, as -1."""
    known = {rank: position for position, rank in enumerate(plan.rank_ids)}
    positions = np.array([*(known.get(name, _NO_RANK) for name in names.categories), _NO_RANK], dtype=np.int16)
    return np.asarray(positions[names.values], dtype=np.int16)
