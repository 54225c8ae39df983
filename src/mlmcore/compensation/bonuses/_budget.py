"""A walk that shares a fixed sum: what it does not pay goes to an account, so that the sum is what is owed.

A level that was not paid, for whatever reason, is then no breakage of its own: it is part of what the account gets,
and is shown to whoever missed it.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from mlmcore.compensation.bonuses._found import Found, account_of, exact_product, group_sums, stacked
from mlmcore.compensation.bonuses._sources import Sources, budgets
from mlmcore.compensation.columns import exact_decimal
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.lines import NO_RATE
from mlmcore.compensation.plan import LevelsBonus
from mlmcore.domain.errors import Finding, InputError

__all__ = ["with_residual"]

Ints64 = NDArray[np.int64]


def with_residual(sheet: Sheet, bonus: LevelsBonus, sources: Sources, walk: NDArray[Any], found: Found) -> Found:
    """The rows that are paid, and a row for what is left of each source's budget.

    Args:
        sheet: What the run knows.
        bonus: The bonus.
        sources: Where its walks start.
        walk: int: from which source each row comes.
        found: The rows, whose bases have at least the decimal places of the budget.

    Raises:
        InputError: A walk pays more than its budget.
    """
    paid = (found.reason == 0) & ~found.missed
    amount, places = found.exact(), found.places
    budget = budgets(sheet, bonus, sources)
    whole = exact_product(budget.values, np.int64(10 ** (places - budget.places)))
    spent = group_sums(amount[paid], walk[paid], len(sources))
    _refuse_overspent(sheet, bonus, sources, whole, spent, places)
    rest = np.flatnonzero(whole != spent)
    residual = Found(
        payee=np.full(len(rest), account_of(sheet.plan, bonus.residual or ""), dtype=np.int32),
        whose=np.full(len(rest), -1, dtype=np.int32),
        source=sources.person[rest],
        order=sources.order[rest],
        level=np.full(len(rest), -1, dtype=np.int32),
        base=exact_product(budget.values[rest], np.int64(10 ** (found.base_places - budget.places))),
        base_places=found.base_places,
        rate=np.full(len(rest), NO_RATE, dtype=np.int64),
        rate_places=found.rate_places,
        reason=np.zeros(len(rest), dtype=np.uint8),
        missed=np.zeros(len(rest), dtype=np.bool_),
        amount=(whole - spent)[rest],
        amount_places=places,
    )
    walked = evolve(found, amount=amount, amount_places=places, missed=found.missed | ~paid)
    return stacked(residual, [walked.some(paid | (found.whose >= 0)), residual])


def _refuse_overspent(
    sheet: Sheet, bonus: LevelsBonus, sources: Sources, whole: Ints64, spent: Ints64, places: int
) -> None:
    over = np.flatnonzero(((spent > whole) & (spent > 0)) | ((spent < whole) & (spent < 0)))
    if len(over):
        raise InputError(list(_overspent(sheet, bonus, sources.some(over), whole[over], spent[over], places)))


def _overspent(
    sheet: Sheet, bonus: LevelsBonus, sources: Sources, whole: Ints64, spent: Ints64, places: int
) -> Iterator[Finding]:
    orders, people = sheet.rows.orders.ids, sheet.rows.network.ids
    for order, person, budget, paid in zip(sources.order, sources.person, whole, spent, strict=True):
        start = f"order {orders.label(int(order))}" if order >= 0 else f"person {people.label(int(person))}"
        of_budget = f"of a budget of {exact_decimal(int(budget), places):f}"
        what = f"the walk from {start} pays {exact_decimal(int(paid), places):f} {of_budget}"
        yield bonus.finding("plan.budget", what, "lower the rates, or raise the budget", "budget")
