"""An order of a customer has no buyer, and a plan may ask for one first."""

import pytest

from compensation.engine.small_plans import UNILEVEL, plan
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import chain, order, world
from mlmcore.domain.errors import InputError

BUYERS = 'bought = "sum(orders, pv, where={condition})"\n'
SOLD = [order("o1", "bob", buyer="bob", cv=100, pv=10), order("o2", "bob", customer="c1", cv=100, pv=7)]


def bought(condition: str) -> str:
    """What bob's orders for which the condition holds come to."""
    small = plan(UNILEVEL.replace("\n[[bonuses]]", BUYERS.format(condition=condition) + "[[bonuses]]", 1))
    result = run_engine(small, world(chain("ann", "bob", off=False), SOLD, company={"profit": 0}))
    return str(result.measures["bought"].decimal(1))


@pytest.mark.parametrize(
    "condition",
    [
        "order.buyer != none and buyer.personal >= 10",
        "not (order.buyer == none or buyer.personal < 10)",
        "(buyer.personal >= 10) if order.buyer != none else false",
    ],
)
def test_a_buyer_is_read_only_where_there_is_one(condition: str) -> None:
    """In `and`, `or` and `if`."""
    assert bought(condition) == "10.00"


def test_a_buyer_who_is_not_there_is_refused() -> None:
    """Rather than taken for nothing."""
    with pytest.raises(InputError):
        bought("buyer.personal >= 10")
