"""Under which names bonuses hand on rows that are no column of people, and whether the plan still keeps them.

Money that was handed on and belongs to nothing of the plan would be lost without a word, so it is found. What was paid
once is kept for the day on which its bonus returns, since it would be paid twice otherwise.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from mlmcore.compensation.history import HISTORY
from mlmcore.compensation.inputs import CarriedRows, State
from mlmcore.compensation.plan import AmountBonus, AnyBonus, Plan, PoolBonus
from mlmcore.domain.errors import Findings

__all__ = [
    "BOARD",
    "CYCLES",
    "FUND",
    "ONCE",
    "ONCE_EARLIER",
    "PLACES",
    "REFUNDABLE",
    "SINCE",
    "WAITING",
    "find_unkept",
    "kept_on",
    "row_name",
]

FUND: Final = "fund"
"""What the fund of a pool holds."""
ONCE: Final = "once"
"""What has used up its once, and which ranks are open."""
ONCE_EARLIER: Final = "once earlier"
"""What has used up the once of an earlier period, so that a refund of its order can follow it."""
REFUNDABLE: Final = "refundable"
"""Lines of orders that may still be given back."""
SINCE: Final = "refunds since"
"""The whole name of the first day from which such lines are known."""
WAITING: Final = "waiting"
"""Lines that wait for a larger sum or for a condition."""

PLACES: Final = "tree "
"""Before the name of a tree that the plan makes: who has which place."""
BOARD: Final = "board "
"""Before the name of boards: who sits where on those that are open."""
CYCLES: Final = "cycles "
"""Before the name of boards: the cycles that a later period may count."""


def row_name(bonus: str, kind: str) -> str:
    """Under which name a bonus hands on rows of one kind.

    >>> row_name("unilevel", WAITING)
    'unilevel.waiting'
    """
    return f"{bonus}.{kind}"


def find_unkept(plan: Plan, previous: State, findings: Findings) -> None:
    """Report funds, lines, places and boards that were handed on, and that nothing of the plan takes up."""
    _find_unmade(plan, previous, findings)
    bonuses = {bonus.id: bonus for bonus in plan.bonuses}
    for name, rows in previous.rows.items():
        whose, _, kind = name.rpartition(".")
        if name.startswith(HISTORY) and whose not in bonuses:
            continue  # a column that is called `fund` and kept
        for what, todo in _UNKEPT[kind](whose, rows, bonuses.get(whose)) if kind in _UNKEPT else ():
            findings.add(code="inputs.previous", what=what, todo=todo, path=f"previous.{name}")


def kept_on(plan: Plan, previous: State) -> dict[str, CarriedRows]:
    """What was paid once by bonuses that the plan has not, or that pay by other words now: handed on as it came."""
    remembering = {row_name(bonus.id, kind) for bonus in plan.bonuses for kind in _remembered(bonus)}
    endings = row_name("", ONCE), row_name("", ONCE_EARLIER)
    kept = {name: rows for name, rows in previous.rows.items() if name.endswith(endings)}
    return {name: rows for name, rows in kept.items() if name not in remembering and not name.startswith(HISTORY)}


def _remembered(bonus: AnyBonus) -> tuple[str, ...]:
    """Which of that a bonus itself hands on."""
    if not isinstance(bonus, AmountBonus) or bonus.once_per is None:
        return ()
    return (ONCE,) if bonus.per_rank else (ONCE, ONCE_EARLIER)


def _find_unmade(plan: Plan, previous: State, findings: Findings) -> None:
    """Report places and boards of what the plan no longer makes."""
    made = {
        PLACES: (plan.trees, "places of the tree {!r} were handed on, and the plan makes no such tree"),
        BOARD: (plan.boards, "open boards {!r} were handed on, and the plan has no such board"),
        CYCLES: (plan.boards, "cycles of the boards {!r} were handed on, and the plan has no such board"),
    }
    for row, rows in previous.rows.items():
        for prefix, (known, words) in made.items():
            name = row.removeprefix(prefix)
            if row != name and name not in known and len(rows):
                what, todo = words.format(name), "keep it in the plan, or take them out of the previous state for good"
                findings.add(code="inputs.previous", what=what, todo=todo, path=f"previous.{row}")


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


def _refundable(whose: str, rows: CarriedRows, bonus: AnyBonus | None) -> Unkept:
    if bonus is not None and bonus.source == "orders" and not bonus.is_column:
        return  # taken back line by line, or by walking where the plan says `refunds = "current"`
    amount, taken, order = rows.columns["amount"], rows.columns["taken"], rows.columns["order"]
    left = amount.values - taken.at_places(amount.places).values
    open_rows = left != 0
    if open_rows.any():
        orders = len(set(order.values[open_rows].tolist()))
        paid = amount.scaled(left[open_rows].sum(keepdims=True), amount.places).text(0)
        many = f"{orders} order{'s' if orders > 1 else ''}"
        what = (
            f"{whose} paid {paid} on {many} that may still be given back, and no bonus of the plan would take it back"
        )
        keep = f'keep {whose} as it was, with `when = "false"` if it is to pay no more'
        yield what, f"{keep}, or take the lines out of the previous state once nobody can give the orders back"


_UNKEPT: Final[Mapping[str, Callable[[str, CarriedRows, AnyBonus | None], Unkept]]] = {
    FUND: _fund,
    REFUNDABLE: _refundable,
    WAITING: _waiting,
}
