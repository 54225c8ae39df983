"""`[[caps]]`: the rules by which what bonuses pay together is cut."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from compensation.engine.small_plans import HEADER, UNILEVEL, ledger, plan, unpaid
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import chain, order, person, world
from mlmcore.compensation.explain import why
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Cap, Plan
from mlmcore.compensation.result import Result
from mlmcore.domain.errors import InputError

AMOUNT = """
[[bonuses]]
id = "{id}"
type = "retail"
kind = "amount"
source = "orders"
from = "seller"
amount = "{amount}"
negative = "charge"
"""
CV = AMOUNT.format(id="cash", amount="cv")
TENTH = AMOUNT.format(id="tenth", amount="0.1 * cv")
PEOPLE = [*chain("ann", "bob", off=False), person("cid", "ann", off=False)]


def cap(bonuses: list[str], per: list[str], limit: str, apply: str = "scale") -> str:
    """A cap as TOML."""
    return f'[[caps]]\nbonuses = {bonuses}\nper = {per}\nlimit = "{limit}"\napply = "{apply}"\n'


def sold(*lines: str) -> list[dict[str, Any]]:
    """Orders as `bob 80`, one a day; a refund of the first as `bob -20`."""
    found = []
    for day, line in enumerate(lines, start=1):
        seller, volume = line.split()
        refunded = f"{seller}1" if volume.startswith("-") else None
        found.append(order(f"{seller}{day}", seller, on=date(2026, 3, day), cv=int(volume), pv=0, refund_of=refunded))
    return found


def run(by: Plan, *lines: str, people: list[dict[str, Any]] = PEOPLE) -> Result:
    """March with these orders."""
    return run_engine(by, world(people, sold(*lines), company={"profit": 100}))


class TestScale:
    def test_lines_are_cut_in_proportion_and_the_cents_go_to_the_largest_remainders(self) -> None:
        """10, 20 and 40 share 10.00: 1.43 (1.428...), 2.86 (2.857...) and 5.71 (5.714...)."""
        by = plan(CV, more=cap(["cash"], ["payee"], "10"))

        result = run(by, "bob 10", "bob 20", "bob 40")

        assert [line.split()[-1] for line in ledger(result)] == ["1.43", "2.86", "5.71"]
        assert [line.split()[-1] for line in unpaid(result)] == ["8.57", "17.14", "34.29"]

    def test_ties_go_to_the_line_that_comes_first(self) -> None:
        """Three equal lines share 1.00."""
        result = run(plan(CV, more=cap(["cash"], ["payee"], "1")), "bob 9", "bob 9", "bob 9")

        assert [line.split()[-1] for line in ledger(result)] == ["0.34", "0.33", "0.33"]

    def test_negative_lines_are_left_alone_and_make_room(self) -> None:
        """80 and -20 under 50: the sum is 50, of 70 and -20."""
        result = run(plan(CV, more=cap(["cash"], ["payee"], "50")), "bob 80", "bob -20")

        assert [line.split()[-1] for line in ledger(result)] == ["70.00", "-20.00"]

    def test_a_sum_that_is_not_over_the_limit_is_not_cut(self) -> None:
        """80 and -20 are 60."""
        result = run(plan(CV, more=cap(["cash"], ["payee"], "60")), "bob 80", "bob -20")

        assert ([line.split()[-1] for line in ledger(result)], unpaid(result)) == (["80.00", "-20.00"], [])


class TestCutLast:
    def test_the_lines_at_the_end_lose(self) -> None:
        """30, 30, 30 under 50: 30, 20 and no third line."""
        result = run(plan(CV, more=cap(["cash"], ["payee"], "50", "cut_last")), "bob 30", "bob 30", "bob 30")

        assert ledger(result) == ["cash -1 bob bob1 30.00", "cash -1 bob bob2 20.00"]
        assert unpaid(result) == ["cash -1 bob capped 10", "cash -1 bob capped 30"]

    def test_of_one_order_the_higher_level_loses_whoever_it_is(self) -> None:
        """5.00 on level 1 and 3.00 on level 2 under 6.00, though by id level 2 comes first."""
        by = plan(UNILEVEL, more=cap(["uni"], ["company"], "6", "cut_last"))

        result = run(by, "cid 100", people=chain("ann", "zed", "cid", off=False))

        assert ledger(result) == ["uni 1 zed cid1 5.00", "uni 2 ann cid1 1.00"]


class TestPriority:
    def test_the_limit_is_filled_bonus_by_bonus(self) -> None:
        """`tenth` first: 3 and 6; then 41 are left for 90, in proportion."""
        by = plan(CV + TENTH, more=cap(["tenth", "cash"], ["payee"], "50", "priority"))

        result = run(by, "bob 30", "bob 60")

        assert ledger(result) == [
            "cash -1 bob bob1 13.67",
            "cash -1 bob bob2 27.33",
            "tenth -1 bob bob1 3.00",
            "tenth -1 bob bob2 6.00",
        ]


class TestGroups:
    def test_per_payee_each_has_an_own_limit(self) -> None:
        """The limit's bare names are the payee's."""
        by = plan(CV, more=cap(["cash"], ["payee"], "5 if off else 7"))
        people = [person("ann", off=False), person("bob", "ann", off=True)]

        result = run(by, "ann 10", "bob 10", people=people)

        assert ledger(result) == ["cash -1 ann ann1 7.00", "cash -1 bob bob2 5.00"]

    def test_per_company_all_lines_are_one_group(self) -> None:
        """The limit is of parameters and company figures."""
        result = run(plan(CV, more=cap(["cash"], ["company"], "0.3 * company.profit")), "ann 10", "bob 50")

        assert ledger(result) == ["cash -1 ann ann1 5.00", "cash -1 bob bob2 25.00"]

    def test_per_source_and_level(self) -> None:
        """5% of 100 and of 200 from bob on level 1 come to 10.00; level 1 from cid is another group."""
        by = plan(more=cap(["uni"], ["source", "level"], "10"))

        result = run(by, "bob 100", "bob 200", "cid 100")

        assert [line for line in ledger(result) if " 1 " in line] == [
            "uni 1 ann bob1 3.33",
            "uni 1 ann bob2 6.67",
            "uni 1 ann cid3 5.00",
        ]

    def test_per_owner_positions_count_together_and_whoever_has_no_owner_alone(self) -> None:
        """`[inputs] owner` says which attribute."""
        text = HEADER.format(refunds="current", at="line").replace("company =", 'owner = "title"\ncompany =')
        by = loads_plan(text + CV + cap(["cash"], ["owner"], "10"))
        people = [person(name, off=False, title=title) for name, title in (("a", "x"), ("b", "x"), ("c", None))]
        people.append(person("d", off=False))

        result = run(by, "a 10", "b 10", "c 10", "d 10", people=people)

        assert [line.split()[-1] for line in ledger(result)] == ["5.00", "5.00", "10.00", "10.00"]

    def test_accounts_have_no_limit_of_their_own_but_count_for_the_company(self) -> None:
        """A cap per payee leaves the house alone; one per company does not."""
        house = CV + 'payee = "house"\n'

        alone = run(plan(house, more=cap(["cash"], ["payee"], "1")), "bob 10")
        together = run(plan(house, more=cap(["cash"], ["company"], "1")), "bob 10")

        assert (alone.accounts.total, together.accounts.total) == (1000, 100)


class TestLimits:
    def test_a_limit_is_cut_to_the_unit_and_never_below_nothing(self) -> None:
        """9.999 is 9.99, and -5 is 0."""
        assert ledger(run(plan(CV, more=cap(["cash"], ["payee"], "9.999")), "bob 10"))[0].endswith(" 9.99")
        assert ledger(run(plan(CV, more=cap(["cash"], ["payee"], "0 - 5")), "bob 10")) == []

    def test_a_limit_that_may_be_none_is_refused(self) -> None:
        """A number that nobody has given is no limit."""
        text = HEADER.format(refunds="current", at="line").replace('title = "text"', 'most = "money"')

        with pytest.raises(InputError) as caught:
            loads_plan(text + CV + cap(["cash"], ["payee"], "most"))
        assert str(caught.value) == (
            "<text>:35: caps[0].limit: 'most' may be none; say what the limit is then: A if COND else B"
        )


class TestSeveralCaps:
    def test_run_in_document_order_each_seeing_what_is_left(self) -> None:
        """Per payee 20 and 20, then 30 for all: 15 each."""
        by = plan(CV, more=cap(["cash"], ["payee"], "20") + cap(["cash"], ["company"], "30"))

        result = run(by, "ann 40", "bob 90")

        assert ledger(result) == ["cash -1 ann ann1 15.00", "cash -1 bob bob2 15.00"]
        assert result.unpaid.by_reason() == {"capped": 100}

    def test_paid_is_read_after_all_of_them_and_earned_is_not_cut(self) -> None:
        """What a bonus outside the caps is taken of."""
        amount = "cash.paid + 10 * cash.earned"
        reader = f'[[bonuses]]\nid = "match"\ntype = "matching"\nkind = "amount"\namount = "{amount}"\n'
        by = plan(reader + 'negative = "charge"\n' + CV, more=cap(["cash"], ["payee"], "20"))

        result = run(by, "bob 50")

        assert ledger(result) == ["match -1 bob - 520.00", "cash -1 bob bob1 20.00"]

    def test_a_walk_on_what_was_paid_waits_for_the_cap(self) -> None:
        """`earnings` with `basis = "paid"`: ann gets a tenth of the 20.00 that bob is paid."""
        matching = """
[[bonuses]]
id = "match"
type = "matching"
kind = "levels"
earnings = ["cash"]
basis = "paid"
counts = "true"
rates = [0.1]
unpaid = "lost"
no_upline = "lost"
negative = "charge"
"""
        by = plan(matching + CV, more=cap(["cash"], ["payee"], "20"))

        assert ledger(run(by, "bob 50")) == ["match 1 ann - 2.00", "cash -1 bob bob1 20.00"]

    def test_a_bonus_under_a_cap_may_read_what_another_earned(self) -> None:
        """Only `paid` waits for the cap."""
        match = '[[bonuses]]\nid = "match"\ntype = "matching"\nkind = "amount"\namount = "0.5 * cash.earned"\n'
        by = plan(match + 'negative = "charge"\n' + CV, more=cap(["cash", "match"], ["payee"], "50"))

        assert ledger(run(by, "bob 60")) == ["match -1 bob - 16.67", "cash -1 bob bob1 33.33"]


class TestWords:
    def test_why_names_the_cap_and_its_limit(self) -> None:
        """Beside what was cut."""
        result = run(plan(CV, more=cap(["cash"], ["payee"], "5 if off else 7")), "bob 10")

        (amount,) = [amount for amount in why(result, "bob").amounts if amount.kind == "unpaid"]

        assert (amount.amount, amount.reason) == (Decimal(3), "capped")
        assert amount.because == "caps[0] is over cash per payee: the limit is 7"

    def test_a_cap_of_a_plan_in_python_goes_by_known_words(self) -> None:
        """As the loader would have it."""
        with pytest.raises(ValueError, match="per must be of 'payee', 'owner', 'source', 'level', 'company', not 'id'"):
            Cap(bonuses=["uni"], per=["id"], limit=5, apply="scale")

    def test_an_uncapped_plan_has_no_caps(self) -> None:
        """And its bonuses are final at once."""
        assert plan(UNILEVEL).caps_by_name == {}
