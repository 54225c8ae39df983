"""Digests of what a run reads."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from mlmcore.compensation.columns import Column
from mlmcore.compensation.inputs import Edges, Orders, People, RunInputs, State
from mlmcore.domain.periods import Period
from mlmcore.genealogy import IdIndex
from mlmcore.operations._digests import chained, input_digest, run_digest

NAMES = ("ann", "bob", "cid", "dan")
PARENTS = (-1, 0, 1, 0)
SALES = (("o1", 0, -1), ("o2", 2, 1), ("o3", 2, -1))


def inputs(people: list[int], orders: list[int]) -> RunInputs:
    """Return the same four people and three orders, their rows in the order that is asked for."""
    row_of = {person: row for row, person in enumerate(people)}
    row_of[-1] = -1
    order_row = {order: row for row, order in enumerate(orders)}
    customers = sorted({f"c{order}" for order in orders}, reverse=bool(orders[0]))
    return RunInputs(
        period=Period.parse("2026-03"),
        people=People(
            ids=IdIndex.from_labels([NAMES[person] for person in people]),
            status=Column.texts(["active" if person else "on_hold" for person in people]),
            joined=np.array([20_000 + person for person in people], dtype=np.int32),
            attributes={"points": Column.numbers([person or None for person in people])},
        ),
        trees={
            "sponsor": Edges(
                parent=np.array([row_of[PARENTS[person]] for person in people], dtype=np.int32),
                leg=np.array(people, dtype=np.int32),
            )
        },
        orders=Orders(
            ids=IdIndex.from_labels([SALES[order][0] for order in orders]),
            date=np.array([20_520 + order for order in orders], dtype=np.int32),
            seller=np.array([row_of[SALES[order][1]] for order in orders], dtype=np.int32),
            buyer=np.array([row_of[SALES[order][2]] for order in orders], dtype=np.int32),
            customer=np.array([customers.index(f"c{order}") for order in orders], dtype=np.int32),
            customers=customers,
            refund_of=np.array([order_row[1] if order == 2 else -1 for order in orders], dtype=np.int32),
            volumes={"pv": Column.numbers([Decimal(order) for order in orders], unit="points", places=2)},
        ),
        company={"profit": Decimal("10.50")},
        previous=State(
            ids=IdIndex.from_labels([NAMES[person] for person in people]),
            best_rank=Column.texts(["gold" if person == 2 else None for person in people]),
        ),
    )


IN_ORDER = inputs([0, 1, 2, 3], [0, 1, 2])
CHANGES: dict[str, Callable[[RunInputs], Any]] = {
    "period": lambda run: evolve(run, period=Period.parse("2026-03", "Asia/Tokyo")),
    "joined": lambda run: evolve(run, people=evolve(run.people, joined=run.people.joined + np.int32(1))),
    "status": lambda run: evolve(run, people=evolve(run.people, status=Column.texts(["active"] * 4))),
    "attribute": lambda run: evolve(
        run, people=evolve(run.people, attributes={"points": Column.numbers([0, 1, 2, 3])})
    ),
    "leg": lambda run: evolve(run, trees={"sponsor": evolve(run.trees["sponsor"], leg=np.array([0, 1, 2, 4]))}),
    "parent": lambda run: evolve(run, trees={"sponsor": evolve(run.trees["sponsor"], parent=np.array([-1, 0, 1, 1]))}),
    "seller": lambda run: evolve(run, orders=evolve(run.orders, seller=np.array([1, 2, 2]))),
    "buyer": lambda run: evolve(run, orders=evolve(run.orders, buyer=np.array([-1, 1, 1]))),
    "customer": lambda run: evolve(run, orders=evolve(run.orders, customer=np.array([0, 1, 1]))),
    "date": lambda run: evolve(run, orders=evolve(run.orders, date=run.orders.date + np.int32(1))),
    "refund": lambda run: evolve(run, orders=evolve(run.orders, refund_of=np.array([-1, -1, 0]))),
    "volume": lambda run: evolve(
        run, orders=evolve(run.orders, volumes={"pv": Column.numbers([0, 1, 3], unit="points", places=2)})
    ),
    "company": lambda run: evolve(run, company={"profit": Decimal("10.51")}),
    "state": lambda run: evolve(run, previous=State.empty()),
}


class TestInputDigest:
    """`input_digest`."""

    @given(st.permutations(range(4)), st.permutations(range(3)))
    def test_the_order_of_rows_means_nothing(self, people: list[int], orders: list[int]) -> None:
        """Nor do the numbers that a store gives to customers."""
        assert input_digest(inputs(people, orders)) == input_digest(IN_ORDER)

    @pytest.mark.parametrize("what", CHANGES)
    def test_everything_that_a_run_reads_is_in_it(self, what: str) -> None:
        """A change of any of it is another digest."""
        assert input_digest(CHANGES[what](IN_ORDER)) != input_digest(IN_ORDER)

    def test_zeros_at_the_end_of_a_figure_mean_nothing(self) -> None:
        """A database returns 10.500000000000 for 10.5."""
        padded = evolve(IN_ORDER, company={"profit": Decimal("10.500000000000")})

        assert input_digest(padded) == input_digest(IN_ORDER)


class TestChain:
    """`run_digest` and `chained`."""

    def test_a_run_is_tied_to_the_one_before(self) -> None:
        """Another one before makes another chain."""
        digest = run_digest(period="2026-03", plan="a", inputs="b", result="c")

        assert len({chained(None, digest), chained("1" * 64, digest), chained("2" * 64, digest)}) == 3
        assert run_digest(period="2026-04", plan="a", inputs="b", result="c") != digest
