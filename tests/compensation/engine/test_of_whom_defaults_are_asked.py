"""Of whom a `default=` is asked in a walk: above somebody, of the row at hand; over nothing, of whose scope it is."""

import pytest

from compensation.engine.small_plans import plan
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import order, person, world
from mlmcore.compensation.result import Result
from mlmcore.domain.errors import InputError

PEOPLE = [person(name, upline, off=False) for name, upline in (("ann", None), ("bob", "ann"), ("cid", "bob"))]
SALES = [order("s1", "cid", pv=10, cv=100), order("s2", "bob", pv=30, cv=200)]
WALK = """
[[bonuses]]
id = "d"
type = "unilevel"
kind = "levels"
source = "{source}"
{start}
base = "{base}"
rates = [0.1, 0.1]
counts = "true"
pays = "{pays}"
unpaid = "lost"
no_upline = "lost"
negative = "charge"
"""


def paid(pays: str = "true", base: str = "cv", source: str = "orders") -> dict[str, str]:
    """What a month of two sales in a line of three pays to whom."""
    start = 'from = "seller"' if source == "orders" else ""
    text = WALK.format(source=source, start=start, base=base, pays=pays)
    return _paid(run_engine(plan(text), world(PEOPLE, SALES, company={"profit": 0})))


def _paid(result: Result) -> dict[str, str]:
    ids = result.network.ids
    amounts = {ids.label(one): result.paid_to(one).amount for one in range(len(ids))}
    return {label: str(amount) for label, amount in sorted(amounts.items()) if amount}


class TestAbove:
    """`sponsor(x, default=...)` where nobody stands above."""

    def test_the_level_is_that_of_the_walk(self) -> None:
        """Ann, who has no sponsor, is paid on level 2 and not on level 1."""
        assert paid("sponsor(personal, default=level) == 2") == {"ann": "10.00"}

    def test_a_source_may_be_asked(self) -> None:
        """Ann is paid for what bob sold, who has 30, and not for what cid sold."""
        assert paid("sponsor(personal, default=source.personal) == 30") == {"ann": "20.00"}

    def test_an_order_may_be_asked(self) -> None:
        """Ann is paid for the order of 10; bob's sponsor has none."""
        assert paid("sponsor(personal, default=order.pv) == 10") == {"ann": "10.00"}

    def test_so_may_whoever_stands_below(self) -> None:
        """Of both orders bob stands below ann, with 30; below bob, who has a sponsor with nothing, nobody is asked."""
        assert paid("sponsor(personal, default=child.personal) == 30") == {"ann": "30.00"}


class TestOverNothing:
    """`max(front, x, default=...)` over nobody."""

    def test_where_people_are_the_sources_it_is_asked_of_them(self) -> None:
        """Cid has nobody below and brings her own 100 to bob and ann; bob brings cid's 100 to ann."""
        base = "max(front, sum(orders, cv), default=0 if off else sum(orders, cv))"

        assert paid(base=base, source="people") == {"ann": "20.00", "bob": "10.00"}

    @pytest.mark.parametrize("name", ["level", "source.personal", "child.personal", "order.pv"])
    def test_nothing_of_the_walk_can_be_asked(self, name: str) -> None:
        """It is one value for each person, whoever reaches them and from where."""
        with pytest.raises(InputError) as caught:
            paid(f"min(front, personal, default={name}) > 0")

        prefix, dot, _ = name.partition(".")
        word = f"`{prefix}{dot}`"
        assert f"{word} means nothing in a default=, which is asked of the person whose scope it is" in str(
            caught.value
        )
