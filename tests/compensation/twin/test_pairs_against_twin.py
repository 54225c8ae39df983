"""Walks whose conditions ask about pairs, against their slow twin, which asks everybody on the way one by one."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compensation.twin import strategies
from compensation.twin.test_engine_against_twin import check
from mlmcore.compensation.bonuses import _alike
from reference.engine import Inputs

BONUS = """
[[bonuses]]
id = "b"
type = "unilevel"
kind = "levels"
{source}
point_value = 1
{rates}
first_level = {first}
source_counts = {flag}
pay_uncounted = {other_flag}
counts = "{counts}"
pays = "{pays}"
{more}
unpaid = "{unpaid}"
no_upline = "{no_upline}"
negative = "charge"
slow = true
"""
SOURCES = (
    'source = "orders"\nfrom = "seller"\nbase = "pv"',
    'source = "orders"\nfrom = "buyer"\ncustomer = "under_seller"\nbase = "pv"',
    'source = "orders"\nfrom = "buyer"\ncustomer = "as_seller"\nbase = "pv"\ntree = "enroller"',
)
PEOPLE = ('source = "people"\nbase = "personal"', 'source = "people"\nbase = "personal"\ntree = "enroller"')
OF_PAYEE = (
    "rank >= payee.rank",
    "rank > payee.rank",
    "payee.rank > rank and active",
    "rank <= payee.rank and source.autoship",
    "rank.best == payee.rank",
    "autoship or rank >= payee.rank",
    "personal > payee.personal",
    "child.id == none or child.active",
)
PLAIN = (
    "true",
    "active",
    "source.rank <= rank",
    "source.autoship or autoship",
    "sum(group, personal) > source.personal",
)
ASKED = (
    "true",
    "active",
    "source.rank <= rank",
    "level <= 2 or autoship",
    "payee.active",
    "child.id != none and child.rank < rank",
    "sum(orders, pv) > 20",
)
ON_ORDERS = ("order.pv > 50", "seller.autoship", "order.buyer == none or buyer.active", "order.fast or level > 1")
RATES = (
    "rates = [0.5, 0.25, 0.1]",
    "rates = { silver = [0.5, 0.25], gold = [0.5, 0.25, 0.1] }\nbeyond = 0.01",
    'rate = "0.1 if level > 1 else 0.2"\nface_rate = "0.1 if level <= 3 else 0"',
    'rate = "0.3 if child.id != none and child.autoship else 0.2"\nface_rate = 0.1\ndepth = 3',
)


def _head() -> str:
    ranks = "".join(f'[[ranks]]\nid = "{rank}"\n' for rank in strategies.RANKS)
    return strategies.HEADER.format(
        refunds="current",
        mode="half_even",
        places=2,
        at="line",
        active='active = "active"',
        volume="sum(group, personal)",
        few="count(front)",
        some="autoship",
        ranks=f'[rank]\nfrom = "attribute title"\n{ranks}',
    )


@st.composite
def plans(draw: st.DrawFn) -> str:
    """A plan of one walk."""
    on_orders = draw(st.booleans())
    asked = ASKED + (ON_ORDERS if on_orders else ())
    of_payee = draw(st.booleans())
    more, rates = [], draw(st.sampled_from(RATES))
    if draw(st.booleans()):
        more += [
            f'stop_at = "{draw(st.sampled_from(asked[1:]))}"',
            f'stop = "{draw(st.sampled_from(["before", "after"]))}"',
        ]
    if "depth" not in rates and draw(st.booleans()):
        more.append(
            f'depth = "{draw(st.sampled_from(["2", "few + 1", "few if source.autoship else level", *asked[1:]]))}"'
        )
    return _head() + BONUS.format(
        source=draw(st.sampled_from(SOURCES if on_orders else PEOPLE)),
        rates=rates,
        first=draw(st.sampled_from([0, 1, 1, 2])),
        flag=draw(st.sampled_from(["true", "false"])),
        other_flag=draw(st.sampled_from(["true", "false", "false"])),
        counts=draw(st.sampled_from(OF_PAYEE if of_payee else PLAIN)),
        pays=draw(st.sampled_from(asked)),
        more="\n".join(more),
        unpaid=draw(st.sampled_from(["lost", "account:house"] if of_payee else ["lost", "next", "account:house"])),
        no_upline="lost" if of_payee else draw(st.sampled_from(["lost", "account:house"])),
    )


DIFFERENTIAL = """
[[bonuses]]
id = "b"
type = "differential"
kind = "differential"
{source}
point_value = 1
rate = "{rate}"
initial = "{initial}"
first_level = {first}
source_counts = {flag}
counts = "{counts}"
pays = "{pays}"
unqualified = "{unqualified}"
{more}
negative = "charge"
slow = true
"""
DIFFERENCES = (
    "0.05 if rank >= silver else 0.02",
    "0.06 if source.rank < rank else 0.03 if active else 0",
    "max(0.1 if source.personal > 30 else 0.02, 0.05 if rank >= silver else 0.01)",
    "0.02 * level",
    "0.08 if child.id != none and child.autoship else 0.04",
)


@st.composite
def differences(draw: st.DrawFn) -> str:
    """A plan of one differential walk."""
    on_orders = draw(st.booleans())
    asked = ASKED + (ON_ORDERS if on_orders else ())
    more = [f'blocked_by = "{draw(st.sampled_from(asked[1:]))}"'] if draw(st.booleans()) else []
    more += ["limit = 0.05", 'no_upline = "account:house"'] if draw(st.booleans()) else []
    more += ["equal = { rate = 0.01, generations = 2 }"] if draw(st.booleans()) else []
    more += ["minimum_level = 2"] if draw(st.booleans()) else []
    return _head() + DIFFERENTIAL.format(
        source=draw(st.sampled_from(SOURCES if on_orders else PEOPLE)),
        rate=draw(st.sampled_from(DIFFERENCES)),
        initial=draw(st.sampled_from(["0", "0.02 if source.active else 0"])),
        first=draw(st.sampled_from([0, 1, 2])),
        flag=draw(st.sampled_from(["true", "false"])),
        counts=draw(st.sampled_from(OF_PAYEE + PLAIN)),
        pays=draw(st.sampled_from(asked[1:])),
        unqualified=draw(st.sampled_from(["skip", "consumes"])),
        more="\n".join(more),
    )


@pytest.fixture(params=[0, 10**9], ids=["climbing", "alike"], scope="class")
def _way(request: pytest.FixtureRequest) -> Iterator[None]:
    """Walks that climb step by step, and sources that ask the same taken together, whichever is quicker."""
    patch = pytest.MonkeyPatch()
    patch.setattr(_alike, "_STEP", request.param)
    patch.setattr(_alike, "_GROUP", 10**6 if request.param == 0 else 0)
    yield
    patch.undo()


@pytest.mark.usefixtures("_way")
class TestPairsAgainstTwin:
    """Levels whose `counts`, `pays`, `depth` and `stop_at` read the source, the order, the level, the payee."""

    @given(text=plans(), inputs=strategies.inputs())
    @settings(max_examples=40)
    def test_everything_is_the_same(self, text: str, inputs: Inputs) -> None:
        """Ledger, account, unpaid and missed lines, and entitled."""
        check(text, inputs)

    @given(text=differences(), inputs=strategies.inputs())
    @settings(max_examples=30)
    def test_differences_are_the_same(self, text: str, inputs: Inputs) -> None:
        """Differential walks whose `rate`, `counts`, `pays` and `blocked_by` read them."""
        check(text, inputs)
