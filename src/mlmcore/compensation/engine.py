"""`calculate`: a plan and inputs in, a result out; nothing else is read, so a run can be repeated byte for byte.

The order is by dependency, as the plan's steps say: order columns, measures and ranks, bonuses, then what is carried.
Each step adds columns to the run's sheet, from which the next ones read. How a kind of bonus finds what it offers
stands in `bonuses`; what became of it is kept in the run's `_books`.
"""

import numpy as np

from mlmcore.compensation._before_the_run import before_the_run
from mlmcore.compensation._books import Books
from mlmcore.compensation._clauses import naming_clauses
from mlmcore.compensation._given import check_given, laid_over
from mlmcore.compensation._placing import with_places
from mlmcore.compensation._row_names import find_unkept, kept_on
from mlmcore.compensation.arranged import arrange
from mlmcore.compensation.boards import with_boards
from mlmcore.compensation.bonuses import ran
from mlmcore.compensation.bonuses._refundable import since_rows
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.frames import Sheet, orders_frame, people_frame
from mlmcore.compensation.history import handed_on
from mlmcore.compensation.inputs import CarriedRows, RunInputs
from mlmcore.compensation.plan import AnyBonus, Plan
from mlmcore.compensation.ranking import NO_RANK, Ranking, rank_columns
from mlmcore.compensation.recursion import take_fixpoint, take_recursion
from mlmcore.compensation.result import Result
from mlmcore.compensation.steps import Step
from mlmcore.domain.errors import Findings, InputError
from mlmcore.genealogy.threads import available, using

__all__ = ["calculate"]


def calculate(plan: Plan, inputs: RunInputs, *, threads: int | None = None) -> Result:
    """Run a plan over one period.

    Args:
        plan: A plan from the loader, or one written in Python.
        inputs: Everything else that the run reads, rows in any order.
        threads: How many threads a large run may use; None: one for each processor, at most 8. It changes no byte.

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
    find_unkept(plan, inputs.previous, findings)
    findings.raise_if_any()
    with using(available() if threads is None else threads), naming_clauses(plan):
        run = _Run(plan, inputs)
        run.take_all()
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
        inputs, self._made = _with_structures(plan, inputs)
        self._sheet = Sheet(plan, arrange(plan, inputs))
        self._books = Books(self._sheet)
        self._carried: dict[str, Column] = {}
        if not plan.ranks:
            self._sheet.person.update(dict.fromkeys(("rank", "rank.now", "rank.best"), _no_ranks(self._sheet)))

    def take_all(self) -> None:
        """Compute all steps; where one fails, what failed before it is told instead, as with one thread."""
        try:
            for step in self._plan.steps:
                self.take(step)
        except InputError:
            self._books.close()
            raise

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
                sheet.person.update(rank_columns(Ranking(sheet).of(people_frame(sheet)), self._plan))
            case "bonus":
                self._take_bonus(self._plan.bonus(step.name))
            case "cap":
                self._books.cap(step.name)
            case "recursion":
                take_recursion(sheet, step)
                for bonus in (self._plan.bonus(one.name) for one in step.members if one.kind == "bonus"):
                    self._take_bonus(bonus)
            case "fixpoint":
                take_fixpoint(sheet, step)
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
            carried_rows={
                **kept_on(self._plan, sheet.rows.previous),
                **since_rows(self._plan, sheet.rows),
                **books.rows,
                **self._made,
                **handed_on(self._plan, sheet.rows, sheet.past, sheet.person),
            },
            identity=books.identity,
            spans=books.spans,
        )

    def _take_bonus(self, bonus: AnyBonus) -> None:
        self._books.enter(bonus, ran(self._sheet, bonus))

    def _take_carry(self, name: str) -> None:
        self._carried[name] = evaluate(self._plan.carry[name].value.node, people_frame(self._sheet))


def _with_structures(plan: Plan, inputs: RunInputs) -> tuple[RunInputs, dict[str, CarriedRows]]:
    """The inputs with the trees and the cycles that the plan makes, and what of them is handed on."""
    if not plan.trees and not plan.boards:
        return inputs, {}
    before = before_the_run(plan, inputs)
    inputs, places = with_places(plan, inputs, before)
    inputs, boards = with_boards(plan, inputs, before)
    return inputs, {**places, **boards}


def _no_ranks(sheet: Sheet) -> Column:
    return Column.ranks(np.full(sheet.size, NO_RANK, dtype=np.int16))
