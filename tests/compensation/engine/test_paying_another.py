"""An `amount` per order that names a `payee` of its own."""

import pytest

from compensation.engine.small_plans import ledger, plan
from compensation.twin.engine_runs import Answer, engine_answer, run_engine, twin_answer
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


def test_the_formula_may_read_the_payee() -> None:
    """Ann sold 7 points, bob none: `payee.` is bob, bare names and `seller.` are ann."""
    assert paid("1 if payee.personal >= 7 else 2") == ["gift -1 bob o1 2.00"]


def test_what_decides_whether_there_is_a_payee_does_not_read_them() -> None:
    """`where` is asked first."""
    with pytest.raises(InputError) as caught:
        plan(TO_THE_BUYER.replace("order.buyer != none", "payee.active").format(amount="1", qualifies="true"))

    assert str(caught.value).partition(": bonuses.gift.where: ")[2] == (
        "`payee.` means nothing in what is asked before the payee is known (character 1 of 'payee.active'); "
        "prefixes here: buyer., order., seller., source."
    )


UPLINE = """
[[bonuses]]
id = "up"
type = "retail"
kind = "amount"
source = "orders"
from = "seller"
payee = "sponsor(id, default=house)"
amount = "0.10 * cv if payee.title == none else 0.20 * cv if payee.active else 0.05 * cv"
negative = "charge"
"""
THREE = chain("ann", "bob", "cid", off=False, title="leader")
SALES = [order(f"o{name}", name, cv=100, pv=1) for name in ("ann", "bob", "cid")]
BACK = [order("back", "bob", refund_of="obob", cv=-50, pv=0), order("home", "ann", refund_of="oann", cv=-10, pv=0)]


def both(refunds: str) -> Answer:
    """What the engine says, when the twin says the same."""
    small, inputs = plan(UPLINE, refunds=refunds), world(THREE, [*SALES, *BACK], company={"profit": 0})
    engine = engine_answer(run_engine(small, inputs))
    assert engine == twin_answer(small, inputs)
    return engine


@pytest.mark.parametrize("refunds", ["original", "current"])
def test_an_account_has_no_columns(refunds: str) -> None:
    """Ann's order pays the house: of it everything is none. Refunds ask whom their original paid."""
    found = both(refunds)

    assert [(line[4], line[8]) for line in found["lines"]] == [("back", -10), ("obob", 20), ("ocid", 20)]
    assert [(line[2], line[4], line[8]) for line in found["accounts"]] == [("house", "home", -1), ("house", "oann", 10)]
