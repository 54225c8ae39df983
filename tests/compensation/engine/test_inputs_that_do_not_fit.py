"""What the engine finds wrong with a run's inputs: everything at once, each time what, where and what to do."""

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from compensation.engine.small_plans import plan
from compensation.twin.engine_runs import engine_inputs
from compensation.twin.small_worlds import chain, order, person, world
from mlmcore.compensation.columns import Column
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.inputs import Edges, Orders, People, RunInputs, State
from mlmcore.domain.errors import InputError
from mlmcore.domain.periods import Period
from mlmcore.genealogy import IdIndex

PLAN = plan()
PEOPLE = chain("ann", "bob", off=False)
SALE = order("sale", "bob", on=date(2026, 3, 10), cv=100, pv=100)


def inputs(*orders: dict[str, Any], people: list[dict[str, Any]] | None = None) -> RunInputs:
    """March for ann above bob."""
    return engine_inputs(PLAN, world(people or PEOPLE, list(orders), company={"profit": 0}))


def refused(given: RunInputs) -> str:
    """What the engine says."""
    with pytest.raises(InputError) as caught:
        calculate(PLAN, given)
    return str(caught.value)


class TestOrders:
    """Orders that cannot be what they say."""

    def test_a_negative_volume_names_the_order_that_it_refunds(self) -> None:
        """A refund that names no original is an error."""
        wrong = order("back", "bob", cv=-5, pv=0)

        assert refused(inputs(wrong)) == (
            "order back: cv is negative, and it names no order that it refunds; name it in refund_of"
        )

    def test_a_refund_has_no_positive_volume(self) -> None:
        """It would pay as an order does."""
        wrong = order("back", "bob", on=date(2026, 3, 11), refund_of="sale", cv=-5, pv=1)

        assert refused(inputs(SALE, wrong)) == (
            "order back: it is a refund, and its pv is positive; a refund has negative volumes"
        )

    def test_a_refund_names_an_order_and_not_a_refund(self) -> None:
        """What was given back can't be given back again."""
        first = order("back", "bob", on=date(2026, 3, 11), refund_of="sale", cv=-5, pv=-5)
        wrong = order("again", "bob", on=date(2026, 3, 12), refund_of="back", cv=-5, pv=-5)

        assert refused(inputs(SALE, first, wrong)) == (
            "order again: it refunds back, which is a refund itself; name the order"
        )

    def test_a_refund_does_not_come_before_its_order(self) -> None:
        """One of the dates is wrong."""
        wrong = order("back", "bob", on=date(2026, 3, 9), refund_of="sale", cv=-5, pv=-5)

        assert refused(inputs(SALE, wrong)) == (
            "order back: it is dated before sale, the order that it refunds; correct one of the dates"
        )

    def test_a_refund_is_of_the_same_people(self) -> None:
        """Otherwise it would take from one upline what another was paid."""
        wrong = order("back", "ann", on=date(2026, 3, 11), buyer="bob", refund_of="sale", cv=-5, pv=-5)

        assert refused(inputs(SALE, wrong)) == (
            "2 findings:\n"
            "order back: its buyer is not the buyer of sale, the order that it refunds; give the same\n"
            "order back: its seller is not the seller of sale, the order that it refunds; give the same"
        )

    def test_a_refund_names_a_row_that_there_is(self) -> None:
        """An index beyond the orders is no order."""
        given = inputs(SALE)
        given = evolve(given, orders=evolve(given.orders, refund_of=[7]))

        said = refused(given).splitlines()
        assert said[-1] == "order sale: refund_of is 7, and there are 1 orders; name the original's row"

    def test_seller_and_buyer_are_in_the_run(self) -> None:
        """Who joins after the period sold nothing in it."""
        people = [*PEOPLE, person("new", None, joined=date(2026, 4, 1), off=False)]
        wrong = order("early", "new", buyer="new", cv=5, pv=5)

        assert refused(inputs(wrong, people=people)) == (
            "2 findings:\n"
            "order early: its buyer is not in the run; the buyer must have joined by the period's end\n"
            "order early: its seller is not in the run; the seller must have joined by the period's end"
        )

    def test_all_orders_are_told_at_once(self) -> None:
        """Not only the first."""
        wrong = [order(f"back{number}", "bob", cv=-5, pv=0) for number in range(3)]

        assert refused(inputs(*wrong)).startswith("3 findings:\n")


class TestPeople:
    """People and trees that do not fit."""

    def test_nobody_stands_below_somebody_who_joins_after_the_period(self) -> None:
        """The tree is not the one of the period's end."""
        people = [person("new", None, joined=date(2026, 4, 1), off=False), person("bob", "new", off=False)]

        assert refused(inputs(people=people)) == (
            "sponsor: person bob: the upline new joined after the period; give the tree as it stood at the period's end"
        )

    def test_cycles_are_told_with_their_path(self) -> None:
        """As everywhere."""
        people = [person("ann", "bob", off=False), person("bob", "ann", off=False)]

        assert "ann" in refused(inputs(people=people))

    def test_a_rank_attribute_holds_ranks(self) -> None:
        """Another text is an error that names the person and the rank that was probably meant."""
        ranked = plan('[rank]\nfrom = "attribute title"\n[[ranks]]\nid = "gold"\n')
        given = engine_inputs(ranked, world([person("ann", off=False, title="golden")], [], company={"profit": 0}))

        with pytest.raises(InputError) as caught:
            calculate(ranked, given)

        assert str(caught.value) == (
            "person 'ann': title is 'golden', which is no rank of the plan; did you mean 'gold'?"
        )

    def test_of_several_who_hold_no_rank_the_first_is_named(self) -> None:
        """Each text once, and how many more there are."""
        ranked = plan('[rank]\nfrom = "attribute title"\n[[ranks]]\nid = "gold"\n')
        titles = {"ann": "silver", "bob": "gold", "cid": "silver", "dot": "bronze", "eve": "silver"}
        people = [person(name, off=False, title=title) for name, title in titles.items()]
        given = engine_inputs(ranked, world(people, [], company={"profit": 0}))

        with pytest.raises(InputError) as caught:
            calculate(ranked, given)

        assert [str(finding) for finding in caught.value.findings] == [
            "person 'ann': title is 'silver', which is no rank of the plan (and 2 more like it); known: gold",
            "person 'dot': title is 'bronze', which is no rank of the plan; known: gold",
        ]


class TestWhatThePlanDeclares:
    """Everything that the plan declares is given, as it is declared."""

    def test_what_is_missing_is_told_at_once(self) -> None:
        """Trees, attributes, volumes, company figures."""
        bare = RunInputs(
            period=Period.parse("2026-03"),
            people=People(ids=IdIndex.from_labels(["ann"]), status=Column.texts(["active"]), joined=[0]),
            trees={},
        )

        names = ("attribute 'off'", "attribute 'title'", "company figure 'profit'", "tree 'sponsor'")
        missing = [*names, "volume 'cv'", "volume 'pv'"]
        assert refused(bare).splitlines() == [
            "6 findings:",
            *(
                f"inputs: the plan declares the {name}, and the inputs have none; give it, or take it out of [inputs]"
                for name in missing
            ),
        ]

    def test_a_column_has_the_declared_kind(self) -> None:
        """Points are no money."""
        given = inputs(SALE)
        volumes = {**given.orders.volumes, "cv": given.orders.volumes["pv"]}
        given = evolve(given, orders=evolve(given.orders, volumes=volumes))

        assert refused(given) == "inputs: 'cv' is points, and the plan declares money; give it as declared"


class TestPeriod:
    """The period is one of the plan's."""

    def test_of_the_plans_length_and_zone(self) -> None:
        """A week is no month."""
        given = evolve(inputs(), period=Period.parse("2026-W10", "Europe/Berlin"))

        assert refused(given) == (
            "period: the period 2026-W10 is a week in Europe/Berlin; the plan's periods are a month in UTC"
        )

    def test_not_before_the_plan_is_effective(self) -> None:
        """An earlier month is calculated by the plan that held then."""
        given = evolve(inputs(), period=Period.parse("2025-12"))

        assert refused(given) == (
            "period: the period 2025-12 begins on 2025-12-01, and the plan is effective from 2026-01-01; "
            "calculate it with the plan that held then"
        )

    def test_one_that_begins_when_the_plan_becomes_effective_is_the_plans(self) -> None:
        """The first month."""
        assert calculate(PLAN, evolve(inputs(), period=Period.parse("2026-01"))).period.start == PLAN.effective_from


class TestShapes:
    """A wrong shape is a mistake of the caller's code, found when the value is made."""

    def test_columns_are_as_long_as_the_ids(self) -> None:
        """One value for each."""
        ids = IdIndex.from_labels(["ann", "bob"])

        with pytest.raises(ValueError, match=r"^status has 1 rows, but there are 2 ids$"):
            People(ids=ids, status=Column.texts(["active"]), joined=[0, 0])
        with pytest.raises(ValueError, match=r"^attributes\['off'\] has 1 rows, but there are 2 ids$"):
            People(
                ids=ids,
                status=Column.texts(["active"] * 2),
                joined=[0, 0],
                attributes={"off": Column.booleans([True])},
            )

    def test_a_status_is_a_text(self) -> None:
        """Nothing else."""
        with pytest.raises(TypeError, match=r"^status must be a text column, not boolean$"):
            People(ids=IdIndex.from_labels(["ann"]), status=Column.booleans([True]), joined=[0])

    def test_indices_are_whole_numbers_that_fit(self) -> None:
        """And nobody is -1."""
        ids = IdIndex.from_labels(["sale"])

        with pytest.raises(ValueError, match=r"^seller holds -2; nobody is -1$"):
            Orders(ids=ids, date=[0], seller=[-2])
        with pytest.raises(
            TypeError, match=r"^whole numbers in one dimension are needed, not float64 of shape \(1,\)$"
        ):
            Orders(ids=ids, date=[0], seller=np.array([0.5]))
        with pytest.raises(TypeError, match=r"^a whole number does not fit int32$"):
            Orders(ids=ids, date=[2**40], seller=[0])

    def test_edges_are_as_many_as_people(self) -> None:
        """In every tree."""
        people = People(ids=IdIndex.from_labels(["ann"]), status=Column.texts(["active"]), joined=[0])

        with pytest.raises(ValueError, match=r"^the tree 'sponsor' has 2 rows, but there are 1 people$"):
            RunInputs(period=Period.parse("2026-03"), people=people, trees={"sponsor": Edges(parent=[-1, -1])})
        with pytest.raises(ValueError, match=r"^leg has 1 rows, parent has 2$"):
            Edges(parent=[-1, -1], leg=[0])


class TestPreviousState:
    """What was carried must be what the plan carries."""

    CARRYING = '[carry]\nlifetime = { value = "previous.lifetime + personal", initial = 0 }\n'

    def refused(self, **state: Any) -> str:
        """What the engine says of a state of ann."""
        carrying = plan(self.CARRYING + '[rank]\nfrom = "attribute title"\n[[ranks]]\nid = "gold"\n')
        given = engine_inputs(carrying, world(PEOPLE, [], company={"profit": 0}))
        previous = State(ids=IdIndex.from_labels(["ann"]), **state)
        with pytest.raises(InputError) as caught:
            calculate(carrying, evolve(given, previous=previous))
        return str(caught.value)

    def test_a_carried_column_has_the_kind_that_the_plan_carries(self) -> None:
        """Money is no points."""
        assert self.refused(carried={"lifetime": Column.numbers([1], unit="money")}) == (
            "previous.lifetime: it is money, and the plan carries points; "
            "correct what was carried, or start the plan anew without it"
        )

    def test_a_carried_column_has_no_more_places(self) -> None:
        """Nothing is rounded in silence."""
        finer = Column.scaled(np.array([12345]), 3, unit="points")

        assert self.refused(carried={"lifetime": finer}) == (
            "previous.lifetime: it has 3 decimal places, and the plan carries 2: to keep them, write round(..., 3) "
            "around its value; "
            "correct what was carried, or start the plan anew without it"
        )

    def test_zeros_are_no_places(self) -> None:
        """A plan that carried finer numbers before may go on where none of them needs it."""
        carrying = plan(self.CARRYING)
        given = engine_inputs(carrying, world(PEOPLE, [], company={"profit": 0}))
        finer = Column.scaled(np.array([123400]), 4, unit="points")
        previous = State(ids=IdIndex.from_labels(["ann"]), carried={"lifetime": finer})

        result = calculate(carrying, evolve(given, previous=previous))

        assert result.handed_on().carried["lifetime"].decimal(0) == Decimal("12.34")

    def test_the_best_rank_is_a_rank_of_the_plan(self) -> None:
        """Nobody loses a rank because it was renamed."""
        assert self.refused(best_rank=Column.texts(["ruby"])) == (
            "previous.rank.best: ann held the rank 'ruby', which the plan does not have; "
            "say in the previous state which rank it is now; known: gold"
        )
