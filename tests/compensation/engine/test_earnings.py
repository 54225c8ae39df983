"""Matching: walks that start from what people earned of other bonuses, and a cascade worked by hand."""

from decimal import Decimal

import pytest

from compensation.engine.small_plans import UNILEVEL, ledger, plan
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import chain, order, person, world
from mlmcore.compensation.explain import why
from mlmcore.compensation.plan import LevelsBonus
from mlmcore.compensation.result import Result
from mlmcore.domain.errors import InputError

MATCH = """
[[bonuses]]
id = "match"
type = "matching"
kind = "levels"
earnings = ["uni"]
basis = "earned"
rates = [0.5]
counts = "true"
unpaid = "lost"
no_upline = "lost"
negative = "charge"
"""
FOUR = chain("top", "cid", "bob", "ann", off=False)
SALE = order("sale", "ann", cv=100, pv=0)


def run(match: str = MATCH, sale: dict[str, object] = SALE) -> Result:
    """A sale of ann's: 5.00 for bob and 3.00 for cid, and then the match."""
    return run_engine(plan(UNILEVEL + match), world(FOUR, [sale], company={"profit": 0}))


def matched(result: Result) -> list[str]:
    """The lines of the match."""
    return [line for line in ledger(result) if line.startswith("match")]


class TestEarnings:
    """`earnings` with `basis`."""

    def test_each_person_who_earned_is_a_source(self) -> None:
        """Half of bob's 5.00 goes to cid, half of cid's 3.00 to top; ann earned nothing."""
        assert matched(run()) == ["match 1 cid - 2.50", "match 1 top - 1.50"]

    def test_the_sum_of_several_bonuses_is_the_base(self) -> None:
        """A bonus that matches both: bob brings 5.00, cid 3.00 and the 2.50 that he got for bob."""
        second = MATCH.replace('"match"', '"second"').replace('["uni"]', '["uni", "match"]').replace("0.5", "1")
        result = run(MATCH + second)

        assert [line for line in ledger(result) if line.startswith("second")] == [
            "second 1 cid - 5.00",
            "second 1 top - 5.50",
        ]

    def test_earned_is_exact_and_paid_is_rounded(self) -> None:
        """A tenth of 0.25: bob earned 0.0125 and was paid 0.01."""
        sale = order("sale", "ann", cv=Decimal("0.25"), pv=0)
        exact, rounded = (run(MATCH.replace("earned", basis), sale) for basis in ("earned", "paid"))

        assert exact.published["match.earnings"].text(2) == "0.0125"
        assert rounded.published["match.earnings"].text(2) == "0.01"

    def test_a_single_cent_is_matched(self) -> None:
        """Bob is paid 0.01 of 0.25, and cid as much."""
        match = MATCH.replace("earned", "paid").replace("0.5", "1")

        assert matched(run(match, order("sale", "ann", cv=Decimal("0.25"), pv=0))) == [
            "match 1 cid - 0.01",
            "match 1 top - 0.01",
        ]

    def test_where_and_base_read_what_the_source_brings(self) -> None:
        """Bare `earnings`."""
        match = MATCH.replace("rates", 'where = "earnings > 4"\nbase = "min(earnings, 2)"\nrates')

        assert matched(run(match)) == ["match 1 cid - 1.00"]

    def test_level_0_pays_a_share_of_ones_own(self) -> None:
        """`first_level = 0`: as a fee or an advance on what one earned oneself."""
        assert matched(run(MATCH + "first_level = 0\n")) == ["match 0 bob - 2.50", "match 0 cid - 1.50"]

    def test_a_bonus_that_does_not_run_pays_no_match_and_still_says_what_each_brings(self) -> None:
        """`when` is false: nothing but the column."""
        result = run(MATCH + 'when = "company.profit > 0"\n')

        assert matched(result) == []
        assert result.published["match.earnings"].text(2) == "5.0000"

    def test_why_says_of_what_it_is_a_match(self) -> None:
        """The formula names the bonuses."""
        amounts = why(run(), "cid").amounts

        assert [(one.bonus, one.source, one.formula) for one in amounts if one.kind == "paid"] == [
            ("uni", "ann", "cv"),
            ("match", "bob", "earnings, where earnings = uni.earned"),
        ]

    def test_a_plan_written_in_python_says_the_same(self) -> None:
        """Ids as texts."""
        loaded = plan(UNILEVEL + MATCH).bonus("match")
        written = LevelsBonus(
            id="match",
            type="matching",
            earnings=("uni",),
            basis="earned",
            base="earnings",
            rates=("0.5",),
            counts="true",
            unpaid="lost",
            no_upline="lost",
            negative="charge",
        )

        assert loaded == written


class TestCascade:
    """Its own id among the earnings: a match is matched again, leaves first."""

    CASCADE = MATCH.replace('["uni"]', '["uni", "match"]').replace("rates", 'base = "round(earnings, 4)"\nrates')

    def test_what_somebody_got_as_a_match_is_matched_in_turn(self) -> None:
        """Bob's 5.00 makes 2.50 for cid, who then brings 3.00 + 2.50: top gets 2.75."""
        result = run(self.CASCADE)

        assert matched(result) == ["match 1 cid - 2.50", "match 1 top - 2.75"]
        assert result.published["match.earnings"].text(1) == "5.50000"

    def test_the_first_of_all_people_brings_what_they_got_too(self) -> None:
        """Nobody stands above top to be paid for it, but it is published: 2.75."""
        assert run(self.CASCADE).published["match.earnings"].text(0) == "2.75000"

    @pytest.mark.parametrize("unpaid", ["lost", "account:house"])
    def test_what_is_not_paid_to_somebody_is_matched_by_nobody(self, unpaid: str) -> None:
        """Cid is off, so bob's match is not his: he brings nothing to top, and nobody has what the house got."""
        match = self.CASCADE.replace('unpaid = "lost"', f'unpaid = "{unpaid}"\npays = "active"')
        people = [{**one, "attributes": {"off": one["id"] == "cid"}} for one in FOUR]

        result = run_engine(plan(UNILEVEL + match), world(people, [SALE], company={"profit": 0}))

        assert matched(result) == []
        assert [result.published["match.earnings"].text(at) for at in range(4)] == [
            "0.00000",
            "0.00000",
            "5.00000",
            "0.00000",
        ]

    def test_a_sum_that_leaves_int64_is_refused(self) -> None:
        """Of three who stand side by side: it would wrap around to nothing."""
        cash = '[[bonuses]]\nid = "cash"\ntype = "retail"\nkind = "amount"\nsource = "orders"\nfrom = "seller"\n'
        cash += 'amount = "cv"\nnegative = "charge"\n'
        cascade = MATCH.replace('["uni"]', '["cash", "match"]').replace("[0.5]", '[1]\nbase = "round(earnings, 2)"')
        cents = {"ann": 2**64 // 3, "bob": 2**64 // 3, "cid": 2**64 // 3 + 1}
        people = [person("top", off=False), *(person(name, "top", off=False) for name in cents)]
        sales = [order(f"of {name}", name, cv=Decimal(each).scaleb(-2), pv=0) for name, each in cents.items()]

        with pytest.raises(InputError, match=r"^a sum of earnings leaves the range of int64"):
            run_engine(plan(cash + cascade), world(people, sales, company={"profit": 0}))

    def test_a_step_is_rounded_where_the_base_says(self) -> None:
        """With whole money, cid brings 5.5, which is 6 by the plan's half_up, and top gets 3.00."""
        assert matched(run(self.CASCADE.replace("earnings, 4", "earnings, 0")))[1] == "match 1 top - 3.00"

    def test_a_long_line_is_no_matter_of_recursion(self) -> None:
        """Three thousand people one below the other."""
        people = [person(f"p{number:04}", f"p{number - 1:04}" if number else None, off=False) for number in range(3000)]
        sale, cascade = order("sale", "p2999", cv=100, pv=0), self.CASCADE.replace("earnings, 4", "earnings, 4, 'down'")

        result = run_engine(plan(UNILEVEL + cascade), world(people, [sale], company={"profit": 0}))

        assert matched(result)[-2:] == ["match 1 p2996 - 2.75", "match 1 p2997 - 2.50"]
        assert result.identity["match"].holds
