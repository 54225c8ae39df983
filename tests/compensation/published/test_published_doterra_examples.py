"""doTERRA's plan as published: fast start, retail, unilevel with dynamic compression, Power of 3.

The plan stands in `tests/data/plans/doterra.toml`. Its sources: doTERRA's brochure "Building doTERRA naturally:
Compensation" (New Zealand), the Leadership Magazine, issue 10, and pages by thelegacymovement.com.au,
healthywellthy.com.au, doterraeveryday.com.au and slideplayer.com/12281943 that repeat it.
"""

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from compensation.twin.engine_runs import Answer, engine_answer, run_engine, twin_answer
from compensation.twin.small_worlds import LONG_AGO, order, person, world
from mlmcore.compensation.loader import load_plan
from reference.engine import Inputs

PLAN = load_plan(Path(__file__).parents[2] / "data" / "plans" / "doterra.toml")


def sold(identity: str, seller: str, day: int = 2, **volumes: int) -> dict[str, Any]:
    """An order of March, bought by its seller."""
    zero: dict[str, Any] = {"pv": 0, "retail_sales": 0, "lrp_pv": 0}
    return order(identity, seller, buyer=seller, on=date(2026, 3, day), **(zero | volumes))


def member(identity: str, above: str | None, title: str | None = None, joined: date = LONG_AGO) -> dict[str, Any]:
    """Somebody whose sponsor also enrolled them."""
    return person(identity, above, joined=joined, title=title, trees={"enroller": above})


def answer_of(inputs: Inputs) -> Answer:
    """What the engine says, when the twin says the same."""
    engine = engine_answer(run_engine(PLAN, inputs))
    assert engine == twin_answer(PLAN, inputs)
    return engine


class TestE1FastStart:
    """Lisa enrolls Megan, whose orders in the first 60 days are of 132, 78 and 147 PV."""

    def answer(self) -> Answer:
        """Lisa has a loyalty order of 100 PV; Megan joined in February."""
        people = [member("Lisa", None), member("Megan", "Lisa", joined=date(2026, 2, 20))]
        volumes = {"m1": 132, "m2": 78, "m3": 147}
        orders = [sold(name, "Megan", day, pv=pv) for day, (name, pv) in enumerate(volumes.items(), start=3)]
        return answer_of(world(people, [sold("loyalty", "Lisa", lrp_pv=100), *orders]))

    def test_each_order_pays_a_fifth_of_its_volume(self) -> None:
        """Printed: 26.40, 15.60, 29.40. The magazine prints 16.40 for the first; its own 20 % of 132 is 26.40."""
        paid = {line[4]: line[8] for line in self.answer()["lines"] if line[:2] == ("fast_start", "Lisa")}

        assert paid == {"m1": Fraction("26.40"), "m2": Fraction("15.60"), "m3": Fraction("29.40")}

    def test_the_three_come_to_the_printed_total(self) -> None:
        """Printed: 71.40."""
        assert self.answer()["columns"]["fast_start.paid"]["Lisa"] == Fraction("71.40")

    def test_no_unilevel_is_paid_on_these_orders(self) -> None:
        """The rules: fast start instead of unilevel in the first 60 days."""
        assert self.answer()["columns"]["unilevel.paid"] == {"Lisa": 0, "Megan": 0}

    def test_without_a_loyalty_order_it_is_lost_and_does_not_roll_up(self) -> None:
        """The rules: each recipient needs a 100 PV loyalty order; unearned parts do not roll up."""
        people = [member("Top", None), member("Lisa", "Top"), member("Megan", "Lisa", joined=date(2026, 2, 20))]
        orders = [sold("loyalty", "Top", lrp_pv=100), sold("m1", "Megan", pv=132)]

        answer = answer_of(world(people, orders))

        assert answer["columns"]["fast_start.paid"] == {"Top": Fraction("13.20"), "Lisa": 0, "Megan": 0}


class TestE2Unilevel:
    """Silver > Premier > Elite > Executive > Director > Manager > Consultant > Buyer, who orders 100 PV."""

    CHAIN = ("Silver", "Premier", "Elite", "Executive", "Director", "Manager", "Consultant", "Buyer")

    def people(self, *, without: str = "") -> list[dict[str, Any]]:
        """The chain; `without` has no title, so no level reaches them."""
        ranks = {name: None if name == without else name.lower() for name in self.CHAIN} | {"Buyer": "consultant"}
        above = dict(zip(self.CHAIN[1:], self.CHAIN, strict=False))
        return [member(name, above.get(name), ranks[name]) for name in self.CHAIN]

    def test_each_rank_is_paid_its_level(self) -> None:
        """Printed: Consultant 2, Manager 3, Director 5, Executive 5, Elite 6, Premier 6, Silver 7."""
        paid = answer_of(world(self.people(), [sold("sale", "Buyer", pv=100)]))["columns"]["unilevel.paid"]

        expected = {"Consultant": 2, "Manager": 3, "Director": 5, "Executive": 5, "Elite": 6, "Premier": 6, "Silver": 7}
        assert paid == {name: Fraction(amount) for name, amount in (expected | {"Buyer": 0}).items()}

    def test_whoever_does_not_qualify_is_skipped_and_the_level_rolls_up(self) -> None:
        """By the official rule a level goes to the next person whose rank covers it: level 3 to Executive."""
        people = self.people(without="Director")

        paid = answer_of(world(people, [sold("sale", "Buyer", pv=100)]))["columns"]["unilevel.paid"]

        expected = {"Consultant": 2, "Manager": 3, "Director": 0, "Executive": 5, "Elite": 5, "Premier": 6, "Silver": 6}
        assert paid == {name: Fraction(amount) for name, amount in (expected | {"Buyer": 0}).items()}


class TestE3PowerOfThree:
    """Lisa has 142 PV and three team leaders, whose teams have 651, 636 and 552 PV."""

    def answer(self) -> Answer:
        """Each leader has ordered 100 PV and has three people below who ordered, and so has Lisa."""
        people, orders = [member("Lisa", None)], [sold("Lisa's", "Lisa", pv=142, lrp_pv=100)]
        for leader, team in (("L1", 651), ("L2", 636), ("L3", 552)):
            people.append(member(leader, "Lisa"))
            orders.append(sold(f"{leader}'s", leader, pv=team - 300, lrp_pv=100))
            for helper in (f"{leader}a", f"{leader}b", f"{leader}c"):
                people.append(member(helper, leader))
                orders.append(sold(f"{helper}'s", helper, pv=100, lrp_pv=100))
        return answer_of(world(people, orders))

    def test_the_teams_have_the_printed_volumes(self) -> None:
        """Printed: 651, 636, 552."""
        volumes = self.answer()["columns"]["team_volume"]

        assert [volumes[leader] for leader in ("L1", "L2", "L3")] == [651, 636, 552]

    def test_the_third_team_is_48_short(self) -> None:
        """Printed: 48 needed."""
        assert 600 - self.answer()["columns"]["team_volume"]["L3"] == 48

    def test_lisa_gets_the_first_tier_and_not_the_second(self) -> None:
        """Derived: 50, since the third leader has no power of 3 of their own."""
        paid = self.answer()["columns"]["power_of_3.paid"]

        assert {name: paid[name] for name in ("Lisa", "L1", "L2", "L3")} == {"Lisa": 50, "L1": 50, "L2": 50, "L3": 0}

    def test_48_more_would_have_made_it_the_second_tier(self) -> None:
        """The rules: if each of the three has the 50, it is 250."""
        people, orders = [member("Lisa", None)], [sold("Lisa's", "Lisa", pv=142, lrp_pv=100)]
        for leader in ("L1", "L2", "L3"):
            people += [member(leader, "Lisa"), *(member(f"{leader}{helper}", leader) for helper in "abc")]
            names = [leader, *(f"{leader}{helper}" for helper in "abc")]
            orders += [sold(f"{name}'s", name, pv=150, lrp_pv=100) for name in names]

        assert answer_of(world(people, orders))["columns"]["power_of_3.paid"]["Lisa"] == 250


class TestE4Retail:
    """A retail sale of 100."""

    def test_a_quarter_of_it_is_paid(self) -> None:
        """Printed: 25."""
        answer = answer_of(world([member("You", None)], [sold("sale", "You", retail_sales=100)]))

        assert answer["columns"]["retail.paid"] == {"You": Fraction(25)}
