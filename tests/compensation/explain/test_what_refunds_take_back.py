"""`why` tells of what a refund takes back by what its order paid: the rates of this month play no part in it."""

from datetime import date

from compensation.engine.small_plans import UNILEVEL, plan
from compensation.engine.test_refunds_take_back import RETAIL, SALE, back, run
from compensation.twin.small_worlds import order
from mlmcore.compensation.explain import Amount, why
from mlmcore.compensation.result import Result
from mlmcore.compensation.statement import statement


def told(result: Result, person: str, refund: str) -> Amount:
    """What somebody is told of a refund."""
    (amount,) = (item for item in why(result, person).amounts if item.order == refund)
    return amount


class TestTakenBack:
    """One line of a statement for each line of the order."""

    def test_it_names_the_order_its_day_and_the_part(self) -> None:
        """Whom the walk passed is told of the order, and not again."""
        amount = told(run(SALE, back("back", 3, "-11.11")), "ann", "back")

        assert amount.takes_back == "takes back 33.33% of what order sale of 2026-03-02 paid"
        assert (amount.exact, amount.because, amount.passed) == (None, "", ())

    def test_a_statement_says_no_rate(self) -> None:
        """The words stand where a calculation stands otherwise."""
        text = statement(run(SALE, back("back", 3, "-11.11")), "bob").to_text()

        (line,) = (line for line in text.splitlines() if "order back" in line)
        words = "  2026-03-03 order back, from cid, level 1: takes back 33.33% of what order sale of 2026-03-02 paid"
        assert line.split() == [*words.split(), "-0.56"]

    def test_where_the_parts_differ_it_is_a_share(self) -> None:
        """Half of the money and a quarter of the points."""
        result = run(
            order("sale", "cid", cv=100, pv=20, on=date(2026, 3, 2)),
            order("back", "cid", cv=-50, pv=-5, refund_of="sale", on=date(2026, 3, 3)),
            by=plan(RETAIL.replace("0.25 * cv", "0.25 * cv if pv != 0 else 0"), refunds="original"),
        )

        assert told(result, "cid", "back").takes_back == "takes back its share of what order sale of 2026-03-02 paid"

    def test_a_refund_that_walks_is_told_like_an_order(self) -> None:
        """With `refunds = "current"` it takes nothing back: it has a rate of its own."""
        amount = told(run(SALE, back("back", 3, "-11.11"), by=plan(UNILEVEL)), "bob", "back")

        assert (amount.takes_back, str(amount.exact)) == ("", "-0.5555")
