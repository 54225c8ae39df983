"""Walks that start from what people earned of other bonuses: matching, and matches that are matched again.

Each person brings the sum of what they have of the bonuses named; it is published as `ID.earnings`. A walk that names
itself is a cascade: what somebody brings is known when everybody below has walked. Since who is paid at which rate
does not depend on amounts, all walks are made first; then amounts are filled in from the deepest layer of the tree
up, each layer with the sums that those below it have left.
"""

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.compensation.bonuses._found import Found, exact_product
from mlmcore.compensation.bonuses._sources import money
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.frames import RowsFrame, Sheet, people_frame
from mlmcore.compensation.plan import WalkBonus
from mlmcore.compensation.rounding import INT64_MAX, largest
from mlmcore.domain.errors import Finding, InputError

__all__ = ["cascaded", "earnings_name", "earnings_of"]

Ints = NDArray[np.int32]
Ints64 = NDArray[np.int64]


def earnings_name(bonus: WalkBonus) -> str:
    """The column of what each person brings to a walk on earnings."""
    return f"{bonus.id}.earnings"


def earnings_of(sheet: Sheet, bonus: WalkBonus) -> Column:
    """What each person brings of the other bonuses that are named; its own amounts are not known yet.

    Raises:
        InputError: A sum leaves int64.
    """
    assert bonus.earnings is not None  # noqa: S101  (asked of walks on earnings only)
    places = max(one.type.places for one in bonus.earnings)
    total, everybody = np.zeros(sheet.size, dtype=np.int64), people_frame(sheet)
    for one in bonus.earnings:
        if one.text != bonus.id:
            part = evaluate(one.node, everybody).at_places(places).values
            _refuse_overflow(largest(total) + largest(part))
            total = total + part
    return Column.scaled(total, places, unit="money")


def cascaded(sheet: Sheet, bonus: WalkBonus, found: Found) -> Found:
    """Fill in the amounts of a walk that starts, among others, from its own: leaves first.

    Args:
        sheet: What the run knows; `ID.earnings` holds what the other bonuses bring, and is completed.
        bonus: The bonus.
        found: Its rows from everybody, without bases.

    Raises:
        InputError: A base cannot be computed, or a sum leaves int64.
    """
    rising = _Rising.of(sheet, bonus, found)
    base, kept = np.zeros(len(found), dtype=np.int64), np.zeros(len(found), dtype=np.bool_)
    for persons, rows in rising.layers(_depth(sheet, bonus)):
        worth, there = _bases(sheet, bonus, persons)
        by_row = np.searchsorted(persons, found.source[rows])
        base[rows], kept[rows] = worth.values[by_row], there[by_row]
        rising.add(rows[kept[rows]], base)
    return evolve(found, base=base).some(kept)


def _depth(sheet: Sheet, bonus: WalkBonus) -> Ints:
    name, network = bonus.tree or sheet.plan.tree, sheet.rows.network
    depth, nodes = network.tree(name).depth, network.node_of_person[name]
    return depth if nodes is None else depth[nodes]


def _bases(sheet: Sheet, bonus: WalkBonus, persons: Ints) -> tuple[Column, NDArray[np.bool_]]:
    """What the rates of some sources are taken of, and which of them bring something and fulfil `where`."""
    assert bonus.base is not None  # noqa: S101  (a cascade has one)
    frame = RowsFrame(sheet=sheet, size=len(persons), indices={"self": persons, "source": persons})
    there = sheet.person[earnings_name(bonus)].values[persons] != 0
    if bonus.where is not None:
        there = there & evaluate(bonus.where.node, frame).values
    worth = money(sheet, bonus, bonus.base, frame.some(there))
    values = np.zeros(len(persons), dtype=np.int64)
    values[there] = worth.values
    return evolve(worth, values=values), there


@frozen(kw_only=True, eq=False)
class _Rising:
    """What everybody has so far, while amounts rise from the leaves.

    Attributes:
        sheet: Where `ID.earnings` stands.
        name: That column.
        found: The rows.
        own: int64[n]: what each person has of the bonus itself, scaled as the rows' amounts.
        others: What each person has of the other bonuses.
    """

    sheet: Sheet
    name: str
    found: Found
    own: Ints64
    others: Column

    @classmethod
    def of(cls, sheet: Sheet, bonus: WalkBonus, found: Found) -> "_Rising":
        name = earnings_name(bonus)
        own = np.zeros(sheet.size, dtype=np.int64)
        return cls(sheet=sheet, name=name, found=found, own=own, others=sheet.person[name])

    def layers(self, depth: Ints) -> "list[tuple[Ints, NDArray[np.intp]]]":
        """The persons of each layer of the tree, the deepest first, and the rows of their walks."""
        by_depth = np.argsort(-depth, kind="stable").astype(np.int32)
        rows = np.argsort(-depth[self.found.source], kind="stable")
        edges = -np.arange(depth.max(initial=0), -1, -1)
        first = np.searchsorted(-depth[by_depth], edges, side="left")
        last = np.searchsorted(-depth[by_depth], edges, side="right")
        row_depth = -depth[self.found.source[rows]]
        begin, end = np.searchsorted(row_depth, edges, side="left"), np.searchsorted(row_depth, edges, side="right")
        return [
            (by_depth[one:other], rows[start:stop])
            for one, other, start, stop in zip(first, last, begin, end, strict=True)
        ]

    def add(self, rows: NDArray[np.intp], base: Ints64) -> None:
        """Add the amounts of some rows to what their payees have."""
        found = self.found
        rows = rows[(found.reason[rows] == 0) & ~found.missed[rows] & (found.payee[rows] >= 0)]
        amount = exact_product(base[rows], found.rate[rows])
        _refuse_overflow(largest(self.own) + largest(amount) * max(len(amount), 1))
        np.add.at(self.own, found.payee[rows], amount)
        finer = self.others.places - found.base_places - found.rate_places
        _refuse_overflow(largest(self.others.values) + largest(self.own) * 10**finer)
        self.sheet.person[self.name] = Column.scaled(
            self.others.values + self.own * np.int64(10**finer), self.others.places, unit="money"
        )


def _refuse_overflow(bound: int) -> None:
    if bound > INT64_MAX:
        what = "a sum of earnings leaves the range of int64"
        raise InputError([Finding(code="plan.overflow", what=what, todo="round the base to fewer places")])
