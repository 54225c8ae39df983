"""An `amount` per order that names a `payee` of its own."""

import pytest

from compensation.engine.small_plans import ledger, plan
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import chain, order, world
from mlmcore.domain.errors import InputError

TO_THE_BUYER = """
[[bonuses]]
id = "gift"
type = "retail"
kind = "amount"
source = "orders"
from = "seller"
where = "order.buyer != none"
payee = "order.buyer"
amount = "{amount}"
qualifies = "{qualifies}"
negative = "charge"
"""
PEOPLE = chain("ann", "bob", off=False)
SOLD = [order("o1", "ann", buyer="bob", cv=100, pv=7)]


def paid(amount: str, qualifies: str = "true") -> list[str]:
    """What the bonus pays for an order that ann sold and bob bought."""
    small = plan(TO_THE_BUYER.format(amount=amount, qualifies=qualifies))
    return ledger(run_engine(small, world(PEOPLE, SOLD, company={"profit": 0})))


def test_the_formula_reads_the_seller_and_qualifies_asks_the_payee() -> None:
    """Ann sold 7 points, bob none."""
    assert paid("1 if personal >= 7 else 2") == ["gift -1 bob o1 1.00"]
    assert paid("1", "payee.personal == 0 and seller.personal == 7") == ["gift -1 bob o1 1.00"]


def test_an_account_is_paid_for_whoever_the_amount_is_of() -> None:
    """The line names the seller."""
    small = plan(TO_THE_BUYER.format(amount="1", qualifies="true").replace('"order.buyer"', '"house"', 1))
    result = run_engine(small, world(PEOPLE, SOLD, company={"profit": 0}))

    (segment,) = result.accounts.segments
    assert (segment.amount.tolist(), result.network.ids.labels(segment.payee)) == ([100], ["ann"])


def test_the_payee_in_the_formula_is_refused_rather_than_taken_for_the_seller() -> None:
    """Somebody else's column would be wrong money."""
    with pytest.raises(InputError, match=r"`payee\.` in an amount per order is not available in this version"):
        paid("1 if payee.personal >= 7 else 2")
