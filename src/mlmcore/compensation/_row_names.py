"""Under which names bonuses hand on rows that are no column of people, and whether the plan still keeps them.

Money that was handed on and belongs to nothing of the plan would be lost without a word, so it is found.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from mlmcore.compensation.history import HISTORY
from mlmcore.compensation.inputs import CarriedRows, State
from mlmcore.compensation.plan import AnyBonus, Plan, PoolBonus
from mlmcore.domain.errors import Findings

__all__ = ["FUND", "ONCE", "REFUNDABLE", "WAITING", "find_unkept", "row_name"]

FUND: Final = "fund"
"""What the fund of a pool holds."""
ONCE: Final = "once"
"""What has used up its once."""
REFUNDABLE: Final = "refundable"
"""Lines of orders that may still be given back."""
WAITING: Final = "waiting"
"""Lines that wait for a larger sum or for a condition."""


def row_name(bonus: str, kind: str) -> str:
    """Under which name a bonus hands on rows of one kind.

    >>> row_name("unilevel", WAITING)
    'unilevel.waiting'
    """
    return f"{bonus}.{kind}"


def find_unkept(plan: Plan, previous: State, findings: Findings) -> None:
    """Report funds and lines that were handed on, and that no bonus of the plan takes up."""
    bonuses = {bonus.id: bonus for bonus in plan.bonuses}
    for name, rows in previous.rows.items():
        whose, _, kind = name.rpartition(".")
        if name.startswith(HISTORY) and whose not in bonuses:
            continue  # a column that is called `fund` and kept
        for what, todo in _UNKEPT[kind](whose, rows, bonuses.get(whose)) if kind in _UNKEPT else ():
            findings.add(code="inputs.previous", what=what, todo=todo, path=f"previous.{name}")


Unkept = Iterator[tuple[str, str]]


def _fund(whose: str, rows: CarriedRows, bonus: AnyBonus | None) -> Unkept:
    if not isinstance(bonus, PoolBonus):
        held = rows.columns["amount"].text(0)
        yield (
            f"{row_name(whose, FUND)} was carried with {held}, and the plan has no such pool",
            "give it out by a plan that has the pool, or carry it to a pool of this plan under its name",
        )


def _waiting(whose: str, rows: CarriedRows, bonus: AnyBonus | None) -> Unkept:
    state = rows.columns["state"]
    used = {state.categories[code] for code in set(state.values.tolist()) if code >= 0}
    if bonus is not None and bonus.minimum_unpaid == "carry":
        used.discard("minimum")
    if bonus is not None and bonus.deferred_until is not None:
        used.discard("deferred")
    for one in sorted(used):
        words = "a minimum" if one == "minimum" else "a condition"
        yield (
            f"lines of {whose} wait for {words}, and the plan lets none of them wait for it",
            "pay them by an adjustment and take them out of the previous state, or let them wait on",
        )


_UNKEPT: Final[Mapping[str, Callable[[str, CarriedRows, AnyBonus | None], Unkept]]] = {FUND: _fund, WAITING: _waiting}
