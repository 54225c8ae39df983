"""Two results side by side: who gains, who loses, what it costs."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from compensation.engine.small_plans import HEADER, UNILEVEL, plan
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import MARCH, order, person, world
from mlmcore.compensation.comparison import Totals, compare
from mlmcore.compensation.loader import PlanChange, loads_plan, plan_changes
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result
from mlmcore.domain.errors import InputError
from mlmcore.domain.money import Money

RANKED = """
[rank]
from = "requires"
climb = "highest"
[[ranks]]
id = "{name}"
requires = "personal >= {least}"
"""
PEOPLE = [
    person("ann", None, off=False, trees={"placement": "cid"}),
    person("bob", "ann", off=False, trees={"placement": None}),
    person("cid", "bob", off=False, trees={"placement": "bob"}),
]
SALES = [order("one", "cid", on=date(2026, 3, 4), cv=100, pv=50)]


def usd(text: str) -> Money:
    """Dollars."""
    return Money.of(text, "USD")


def run(by: Plan, people: list[dict[str, Any]] | None = None, **more: Any) -> Result:
    """A month of cid's one sale."""
    return run_engine(by, world(people or PEOPLE, more.pop("orders", SALES), company={"profit": 0}, **more))


def in_both_trees(default: str, body: str = UNILEVEL) -> Plan:
    """A plan whose people are put in the order of one of two trees."""
    text = HEADER.format(refunds="current", at="line")
    text = text.replace('trees = ["sponsor"]', 'trees = ["sponsor", "placement"]')
    return loads_plan(text.replace('tree = "sponsor"', f'tree = "{default}"') + body)


class TestPeople:
    def test_each_is_held_against_themselves_however_the_runs_order_them(self) -> None:
        """Plans of other trees put people in another order: bob above cid and ann, not below ann."""
        found = compare(run(in_both_trees("sponsor")), run(in_both_trees("placement")))

        labels = found.before.network.ids.labels
        changes = {labels([person])[0]: found.change_of(person).paid for person in range(3)}
        assert changes == {
            "ann": Totals(before=usd("3.00"), after=usd("0.00")),
            "bob": Totals(before=usd("5.00"), after=usd("5.00")),
            "cid": Totals(before=usd("0.00"), after=usd("0.00")),
        }
        assert [labels(people) for people in (found.gainers, found.losers)] == [[], ["ann"]]

    def test_who_gains_most_stands_first_and_equals_by_id(self) -> None:
        """Half of it more for all three, of whom two sold the same."""
        retail = '[[bonuses]]\nid = "{}"\ntype = "retail"\nkind = "amount"\nsource = "orders"\nfrom = "seller"\n'
        retail += 'amount = "{} * cv"\nnegative = "charge"\n'
        sales = [order(seller[::-1], seller, cv=cv, pv=0) for seller, cv in (("cid", 10), ("bob", 30), ("ann", 10))]
        before, after = (run(plan(retail.format("shop", share)), orders=sales) for share in ("0.1", "0.2"))

        found = compare(before, after)

        assert before.network.ids.labels(found.gainers) == ["bob", "ann", "cid"]
        assert found.by_person[found.gainers].tolist() == [300, 100, 100]
        assert compare(after, before).by_person.sum() == -500

    def test_a_persons_change_names_the_bonuses_that_change(self) -> None:
        """And the ranks under both plans, whatever these call them."""
        flat = '[[bonuses]]\nid = "flat"\ntype = "car_bonus"\nkind = "amount"\namount = "1"\nnegative = "charge"\n'
        before = run(plan(UNILEVEL + flat, more=RANKED.format(name="silver", least=50)))
        after = run(plan(UNILEVEL.replace("0.05", "0.06"), more=RANKED.format(name="star", least=100)))

        found = compare(before, after)

        [bob, cid] = before.network.ids.find_labels(["bob", "cid"]).tolist()
        change = found.change_of(bob)
        assert (change.person, change.rank_before, change.rank_after) == ("bob", None, None)
        assert change.paid == Totals(before=usd("6.00"), after=usd("6.00"))
        assert change.bonuses == {
            "uni": Totals(before=usd("5.00"), after=usd("6.00")),
            "flat": Totals(before=usd("1.00"), after=usd("0.00")),
        }
        assert (found.change_of(cid).rank_before, found.change_of(cid).rank_after) == ("silver", None)
        assert found.rank_moves == {("silver", None): 1}


class TestSums:
    def test_bonuses_of_either_plan_and_accounts_are_in_them(self) -> None:
        """What nobody earns above the root goes to the house under the second plan only."""
        to_house = UNILEVEL.replace('no_upline = "lost"', 'no_upline = "account:house"').replace('"uni"', '"two"')

        found = compare(run(plan(UNILEVEL)), run(plan(to_house), orders=[order("one", "bob", cv=100, pv=0)]))

        assert found.by_bonus == {
            "uni": Totals(before=usd("8.00"), after=usd("0.00")),
            "two": Totals(before=usd("0.00"), after=usd("8.00")),
        }
        assert found.by_account == {"house": Totals(before=usd("0.00"), after=usd("3.00"))}
        assert found.paid == Totals(before=usd("8.00"), after=usd("8.00"))
        assert found.paid.change == usd("0.00")


class TestRefused:
    @pytest.mark.parametrize(
        ("other", "says"),
        [
            (
                lambda: run(plan(UNILEVEL), PEOPLE[:2], orders=[]),
                "people: the first run alone has cid; calculate both over the same people",
            ),
            (
                lambda: run(plan(UNILEVEL), [*PEOPLE, person("dan", "cid", off=False)], orders=[]),
                "people: the second run alone has dan; calculate both over the same people",
            ),
            (
                lambda: run(plan(UNILEVEL), orders=[], start=date(2026, 2, 1), end=MARCH),
                (
                    "period: the first run's period is 2026-03 in UTC, the second's 2026-02 in UTC; "
                    "calculate both over one period, in one currency"
                ),
            ),
        ],
    )
    def test_runs_over_other_people_or_another_period(self, other: Callable[[], Result], says: str) -> None:
        """A difference would say nothing."""
        with pytest.raises(InputError) as refused:
            compare(run(plan(UNILEVEL)), other())

        assert str(refused.value) == says

    @pytest.mark.parametrize(("count", "named"), [(3, "x0, x1, x2"), (5, "x0, x1, x2 and 2 more")])
    def test_the_first_three_are_named(self, count: int, named: str) -> None:
        """By id; the others are counted."""
        more = [*PEOPLE, *(person(f"x{at}", "cid", off=False) for at in range(count))]

        with pytest.raises(InputError, match=f"^people: the second run alone has {named}; calculate both"):
            compare(run(plan(UNILEVEL), orders=[]), run(plan(UNILEVEL), more, orders=[]))


class TestPlanChanges:
    def test_each_key_that_differs_by_the_tables_it_stands_in(self) -> None:
        """Changed, gone and new; a default that is written is no change."""
        capped = '[[caps]]\nbonuses = ["uni"]\nper = ["payee"]\nlimit = "{}"\napply = "cut_last"\n'
        before = plan(UNILEVEL + "pay_uncounted = false\n", more=capped.format(10))
        changed = UNILEVEL.replace("0.03", "0.04").replace('pays = "active"\n', "")
        after = plan(changed, more=capped.format(9) + "\n[parameters]\nmost = 5\n")

        assert plan_changes(before, after) == (
            PlanChange(path="bonuses.uni.rates", before="[0.05, 0.03]", after="[0.05, 0.04]"),
            PlanChange(path="bonuses.uni.pays", before='"active"', after=None),
            PlanChange(path="caps[0].limit", before="10", after="9"),
            PlanChange(path="parameters.most", before=None, after="5"),
        )
        assert plan_changes(after, after) == ()
