"""What a walk's conditions may ask besides the person reached, a small tree for each; engine and twin say the same.

`top` stands above `cid`, `bob` and `ann`, in that order; ann sells for 100, so a rate of 0.10 is 10.
"""

from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import order, world
from compensation.twin.test_levels_rule_by_rule import (
    FOUR,
    HEADER,
    SALE,
    accounts,
    answer,
    off,
    options,
    paid,
    people,
    unpaid,
)
from mlmcore.compensation.explain import Amount, why
from mlmcore.compensation.loader import loads_plan

RANKS = people({"id": "bob", "title": "silver"}, {"id": "cid", "title": "gold"}, {"id": "top", "title": "silver"})


class TestPayeeInCounts:
    """In `counts`, `payee.` is the person whose level is asked."""

    def test_a_generation_is_bounded_by_the_payees_own_rank(self) -> None:
        """Cid, Gold, has no Gold below: level 1. Top, Silver, has a Silver and a Gold below: level 3."""
        assert paid(answer({"counts": "rank >= payee.rank"}, RANKS)) == {"bob": 10, "cid": 10, "top": 2}

    def test_whoever_ranks_higher_is_a_generation_of_their_own(self) -> None:
        """With `>` only cid is between for top, and nobody counts for themselves: `pay_uncounted`."""
        found = answer({"counts": "rank > payee.rank", "pay_uncounted": True}, RANKS)

        assert paid(found) == {"bob": 10, "cid": 10, "top": 5}

    def test_what_else_is_asked_is_asked_of_the_person_between(self) -> None:
        """Bob is off and counts for nobody, himself included."""
        who = [{**one, "attributes": {**one["attributes"], "off": one["id"] == "bob"}} for one in RANKS]

        assert paid(answer({"counts": "on and rank >= payee.rank"}, who)) == {"cid": 10, "top": 5}

    def test_nothing_is_owed_above_the_root(self) -> None:
        """There is no payee whose levels they would be."""
        assert not unpaid(answer({"counts": "rank >= payee.rank"}, RANKS))

    def test_a_level_past_the_last_does_not_end_the_walk(self) -> None:
        """Top's level is 1 again, since a Gold has only Golds between."""
        who = people(*({"id": name, "title": rank} for name, rank in (("bob", "silver"), ("cid", "silver"))))
        who = [
            {**one, "attributes": {**one["attributes"], "title": "gold"}} if one["id"] == "top" else one for one in who
        ]

        assert paid(answer({"counts": "rank >= payee.rank", "rates": "[0.10]"}, who)) == {"bob": 10, "top": 10}

    def test_a_seller_under_whom_a_customer_bought_is_no_source_that_counts(self) -> None:
        """With `under_seller` the walk starts below bob, who is level 1 and counted once for whoever stands above."""
        found = answer(
            {"counts": "rank >= payee.rank", "source_counts": True, "from_": "buyer", "customer": "under_seller"},
            RANKS,
            order("sale", "bob", customer="c", cv=100, pv=0),
        )

        assert paid(found) == {"bob": 10, "cid": 10, "top": 2}

    def test_any_formula_may_be_asked_where_the_plan_may_be_slow(self) -> None:
        """`slow = true`: for everybody of cut 9, whoever has a lower cut is no boundary."""
        who = people({"id": "bob", "cut": 1}, {"id": "cid", "cut": 5})

        assert paid(answer({"counts": "cut >= payee.cut", "slow": True}, who)) == {"bob": 10, "cid": 10, "top": 10}

    def test_the_child_is_who_stands_below_the_payee(self) -> None:
        """In `counts` too: for top, whose child cid is off, nobody counts but those who are off."""
        found = answer({"counts": "child.off == off", "slow": True}, off("cid"))

        assert paid(found) == {"bob": 10}


class TestSourceOrderAndLevel:
    """`pays`, `depth`, `stop_at` and `counts` may ask from whom, for which order, at which level."""

    def test_the_source_may_decide_who_is_paid(self) -> None:
        """Only people whose cut is above the source's."""
        found = answer({"pays": "cut > source.cut"}, people({"id": "ann", "cut": 4}, {"id": "bob", "cut": 2}))

        assert paid(found) == {"cid": 5, "top": 2}
        assert unpaid(found) == {("bob", 1): (10, "not_qualified")}

    def test_the_order_may_decide_how_deep_it_is_paid(self) -> None:
        """Orders below 150 are paid two levels."""
        assert paid(answer({"depth": "2 if order.cv < 150 else 9"})) == {"bob": 10, "cid": 5}

    def test_a_depth_that_the_order_decides_does_not_end_the_walk(self) -> None:
        """The level is unpaid, `depth`."""
        assert unpaid(answer({"depth": "2 if order.cv < 150 else 9"})) == {("top", 3): (2, "depth")}

    def test_each_order_has_its_own_walk(self) -> None:
        """One of 100 and one of 200 by the same seller."""
        found = answer({"depth": "1 if order.cv < 150 else 9"}, FOUR, SALE, order("more", "ann", cv=200, pv=0))

        assert paid(found) == {"bob": 30, "cid": 10, "top": 4}

    def test_the_walk_may_stop_where_the_source_says(self) -> None:
        """At the first whose cut is the source's, who is not paid."""
        found = answer({"stop_at": "cut == source.cut", "stop": "before"}, people({"id": "bob", "cut": 1}))

        assert paid(found) == {"bob": 10}

    def test_levels_go_on_to_whoever_qualifies_for_them(self) -> None:
        """`unpaid = "next"` with a condition on the level: bob takes no first level."""
        found = answer({"pays": "level >= 2 or cut > 5", "unpaid": "next"}, people({"id": "bob", "cut": 1}))

        assert paid(found) == {"cid": 10, "top": 5}

    def test_who_counts_may_depend_on_the_source(self) -> None:
        """Whoever has the source's cut is passed over."""
        assert paid(answer({"counts": "cut != source.cut"}, people({"id": "bob", "cut": 1}))) == {"bob": 10}

    def test_the_child_is_who_stands_below_on_the_path(self) -> None:
        """Cid is not paid, since bob is off; the source has nobody below."""
        found = answer({"pays": "child.id != none and not child.off", "first_level": 0}, off("bob"))

        assert paid(found) == {"bob": 5}
        assert unpaid(found)["cid", 2] == (2, "not_qualified")

    def test_a_rate_may_ask_about_the_child(self) -> None:
        """A share of what the one below leaves."""
        assert paid(answer({"rates": None, "rate": "0.01 * (10 - child.cut)"}, people({"id": "ann", "cut": 4}))) == {
            "bob": 6,
            "cid": 1,
            "top": 1,
        }

    def test_an_account_takes_what_a_condition_on_the_order_refuses(self) -> None:
        """As any unpaid level."""
        found = answer({"pays": "order.cv > 100", "unpaid": "account:house"})

        assert accounts(found) == {("bob", 1): 10, ("cid", 2): 5, ("top", 3): 2}


class TestWhy:
    """`why` asks again what the walk asked, of the same pair."""

    def amount(self, person: str, **changes: object) -> Amount:
        """The one amount of a person."""
        written = "".join(f"{key} = {value}\n" for key, value in options(**changes).items() if value is not None)
        return why(run_engine(loads_plan(HEADER + written), world(RANKS, [SALE])), person).amounts[0]

    def test_a_condition_is_told_with_the_values_of_the_pair(self) -> None:
        """The order's and the source's, by their prefixes."""
        found = self.amount("bob", pays="order.cv > 500 or source.cut < cut")

        assert (
            found.because
            == "order.cv > 500 or source.cut < cut is false: order.cv = 100.00, source.cut = 9.00, cut = 9.00"
        )

    def test_who_was_passed_is_told_as_the_payee_sees_them(self) -> None:
        """Bob is no boundary for cid, of a higher rank."""
        found = self.amount("cid", counts="rank >= payee.rank")

        assert [(one.person, one.counts, one.because) for one in found.passed] == [
            ("bob", False, "rank >= payee.rank is false: rank = silver, payee.rank = gold")
        ]

    def test_a_line_that_merges_orders_says_so(self) -> None:
        """With a line per person nobody remembers which order was asked."""
        found = self.amount("bob", pays="order.cv > 500", detail="person")

        assert found.because == "order.cv > 500 was asked of each walk, and the line merges several"
