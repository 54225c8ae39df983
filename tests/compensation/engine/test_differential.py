"""`differential`: a stairstep worked by hand, what each of its words changes, and what is said about wrong ones."""

from decimal import Decimal
from typing import Any

import pytest

from compensation.engine.small_plans import HEADER, ledger, plan, unpaid
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import order, person, world
from mlmcore.compensation.explain import why
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.result import Result
from mlmcore.domain.errors import InputError

STAIRSTEP = """
[tables.steps]
by = "key"
rows = { director = 0.21, manager = 0.12, supervisor = 0.06 }
missing = 0
[[bonuses]]
id = "step"
type = "differential"
kind = "differential"
source = "orders"
from = "seller"
base = "cv"
rate = "lookup(steps, title)"
initial = 0
negative = "charge"
"""
PEOPLE_BRING = 'source = "people"\nbase = "personal"\npoint_value = 1'

ACCOUNTS = 'choose "lost": levels above the root are breakage; "account:NAME": an account gets them'
UNQUALIFIED = (
    'choose "skip": somebody who is not paid is passed over, as if not there; '
    '"consumes": their rate counts as met, and the difference up to it is unpaid'
)
FINDINGS = [
    ('pays = "active"\n', f"bonuses.step.unqualified: is missing; {UNQUALIFIED}"),
    ('unqualified = "skip"\n', "bonuses.step.unqualified: means nothing without `pays`; leave it out"),
    ("limit = 0.3\n", f"bonuses.step.no_upline: is missing; {ACCOUNTS}"),
    (
        'no_upline = "lost"\n',
        "bonuses.step.no_upline: means nothing without `limit`: nothing is owed above the root; leave it out",
    ),
    ("minimum_level = 1.5\n", "bonuses.step.minimum_level: '1.5' is no whole number; write 1, 2, ..."),
    (
        "equal = { rate = 0.01 }\n",
        "bonuses.step.equal.generations: is missing; how many people get it before a higher rate is met",
    ),
    (
        'limit = 0.3\nno_upline = "acount:house"\n',
        f"bonuses.step.no_upline: 'acount:house' is none of the choices; {ACCOUNTS}",
    ),
    ("limits = 0.3\n", "bonuses.step.limits: unknown key; did you mean 'limit'?"),
]

UPLINE = [
    ("top", None, "director"),
    ("max", "top", "director"),
    ("eve", "max", "supervisor"),
    ("dan", "eve", "manager"),
    ("cid", "dan", "supervisor"),
    ("bob", "cid", None),
]
PEOPLE = [person(name, above, title=title, off=False) for name, above, title in UPLINE]
SALE = [order("sale", "bob", cv=1000, pv=0)]


def run(more: str = "", people: list[dict[str, Any]] | None = None, stairstep: str = STAIRSTEP) -> Result:
    """The stairstep with further keys, over one sale of 1,000 at the end of the line."""
    return run_engine(plan(stairstep + more), world(people or PEOPLE, SALE, company={"profit": 0}))


class TestStairstep:
    """Where each person has one rate, whoever sells."""

    stairstep = STAIRSTEP

    def run(self, more: str = "", people: list[dict[str, Any]] | None = None) -> Result:
        return run(more, people, self.stairstep)

    def test_each_gets_the_difference_to_the_highest_below(self) -> None:
        """6% to cid, 12 - 6 to dan, nothing to eve, 21 - 12 to max, nothing to top: 21% in all."""
        assert ledger(self.run()) == ["step 1 cid sale 60.00", "step 2 dan sale 60.00", "step 4 max sale 90.00"]

    def test_the_source_keeps_what_it_has(self) -> None:
        """With the source's own rate as `initial`, the discount difference: cid sells, and is paid by the discount."""
        result = run_engine(
            plan(self.stairstep.replace("initial = 0", 'initial = "lookup(steps, source.title)"')),
            world(PEOPLE, [order("sale", "cid", cv=1000, pv=0)], company={"profit": 0}),
        )

        assert ledger(result) == ["step 1 dan sale 60.00", "step 3 max sale 90.00"]

    def test_level_0_pays_the_source_first(self) -> None:
        """`first_level = 0`: the seller's own step, then the differences above."""
        result = run_engine(
            plan(self.stairstep + "first_level = 0\n"),
            world(PEOPLE, [order("sale", "cid", cv=1000, pv=0)], company={"profit": 0}),
        )

        assert ledger(result)[:2] == ["step 0 cid sale 60.00", "step 1 dan sale 60.00"]

    def test_a_seller_under_whom_a_customer_bought_is_no_level_0(self) -> None:
        """With `under_seller` the walk starts below cid, who is level 1."""
        by = self.stairstep.replace('"seller"', '"buyer"\ncustomer = "under_seller"') + "first_level = 0\n"
        by = by.replace("level == 0", "level >= 0")  # of pairs, whose source is the payee here
        sale = [order("sale", "cid", customer="c", cv=1000, pv=0)]

        assert ledger(run_engine(plan(by), world(PEOPLE, sale, company={"profit": 0})))[0] == "step 1 cid sale 60.00"

    def test_an_equal_rate_gets_its_own(self) -> None:
        """Top has max's rate, and 1% of the base for it; eve is below the highest met and gets nothing."""
        assert ledger(self.run("equal = { rate = 0.01, generations = 1 }\n"))[-1] == "step 5 top sale 10.00"

    def test_so_do_as_many_as_the_plan_says(self) -> None:
        """Three above top have the rate too; the first of them is the second, and the others get nothing."""
        people = [
            person(name, above, title="director", off=False) for name, above in (("a", None), ("b", "a"), ("zed", "b"))
        ]
        people += [person(name, above or "zed", title=title, off=False) for name, above, title in UPLINE]

        one, two = (ledger(self.run(f"equal = {{ rate = 0.01, generations = {count} }}\n", people)) for count in (1, 2))

        assert one[-2:] == ["step 4 max sale 90.00", "step 5 top sale 10.00"]
        assert two == [*one, "step 6 zed sale 10.00"]

    def test_the_limit_cuts_the_last_difference(self) -> None:
        """15% is all there is: max gets 3, and nothing is left over."""
        result = self.run('limit = 0.15\nno_upline = "account:house"\n')

        assert ledger(result)[-1] == "step 4 max sale 30.00"
        assert result.identity["step"].entitled == Decimal(150)

    def test_what_is_left_of_the_limit_above_the_root(self) -> None:
        """30% less the 21 that were met goes to the account, above the root."""
        result = self.run('limit = 0.30\nno_upline = "account:house"\n')
        (house,) = result.accounts.segments

        assert house.amount.tolist() == [9000]
        assert house.level.tolist() == [6]

    def test_or_is_unpaid_there(self) -> None:
        """With its reason."""
        assert unpaid(self.run('limit = 0.30\nno_upline = "lost"\n')) == ["step 6 - no_upline 90"]

    def test_below_the_minimum_level_nobody_is_paid(self) -> None:
        """Cid's 6% is on level 1 and unpaid; dan's difference stays 6."""
        result = self.run("minimum_level = 2\n")

        assert unpaid(result) == ["step 1 cid depth 60"]
        assert ledger(result)[0] == "step 2 dan sale 60.00"

    @pytest.mark.parametrize(
        ("word", "paid", "lost"),
        [
            ("skip", ["step 2 dan sale 120.00", "step 4 max sale 90.00"], []),
            ("consumes", ["step 2 dan sale 60.00", "step 4 max sale 90.00"], ["step 1 cid inactive 60"]),
        ],
    )
    def test_who_does_not_qualify_is_passed_over_or_consumes(self, word: str, paid: list[str], lost: list[str]) -> None:
        """Skipped, dan gets all 12; consumed, cid's 6 are lost."""
        people = [person(name, above, title=title, off=name == "cid") for name, above, title in UPLINE]
        result = self.run(f'pays = "active"\nunqualified = "{word}"\n', people)

        assert ledger(result) == paid
        assert unpaid(result) == lost

    def test_a_block_ends_the_walk(self) -> None:
        """Nobody from eve up is paid; with a limit, what is left of it is unpaid there."""
        blocked = "blocked_by = \"id == payee.id and title == 'supervisor' and not active\"\n"
        people = [person(name, above, title=title, off=name == "eve") for name, above, title in UPLINE]

        assert ledger(self.run(blocked, people)) == ["step 1 cid sale 60.00", "step 2 dan sale 60.00"]
        assert unpaid(self.run(blocked + 'limit = 0.21\nno_upline = "lost"\n', people)) == ["step 3 eve blocked 90"]


class TestStairstepOfPairs(TestStairstep):
    """The same where rates are asked anew on every walk, since they might depend on who sold."""

    stairstep = STAIRSTEP.replace('title)"', 'title) if source.id != payee.id or level == 0 else 0"') + "slow = true\n"

    def test_above_a_seller_under_whom_a_customer_bought_nobody_is_the_child(self) -> None:
        """With `under_seller` bob is reached first, and nobody stands below him on the path."""
        by = self.stairstep.replace('"seller"', '"buyer"\ncustomer = "under_seller"')
        by = by.replace(by[by.index("rate = ") : by.index("initial")], 'rate = "0.10 if child.id == none else 0.05"\n')
        sale = [order("sale", "bob", customer="c", cv=1000, pv=0)]

        assert ledger(run_engine(plan(by), world(PEOPLE, sale, company={"profit": 0}))) == ["step 1 bob sale 100.00"]


class TestWhy:
    def test_a_difference_names_both_rates(self) -> None:
        """Dan's 12%, and the 6% that cid had met before."""
        (amount,) = why(run(), "dan").amounts

        assert amount.amount == Decimal("60.00")
        assert amount.rate == Decimal("0.06")
        assert amount.because == "lookup(steps, title) is 0.12: title = manager; 0.06 was met before"
        assert [(step.person, step.because) for step in amount.passed] == [
            ("cid", "lookup(steps, title) is 0.06: title = supervisor")
        ]

    @pytest.mark.parametrize("pairs", [False, True], ids=["of a person", "of pairs"])
    @pytest.mark.parametrize(
        ("more", "name", "met"),
        [
            ("", "dan", "0.02"),
            ("", "max", "0.12"),
            ("first_level = 0\n", "dan", "0.06"),
            ("first_level = 2\n", "max", "0.06"),
            ("first_level = 2\nsource_counts = true\n", "max", "0.12"),
        ],
    )
    def test_who_is_met_before_depends_on_the_first_level(self, more: str, name: str, met: str, pairs: bool) -> None:
        """Cid sells, whose own 6% count from level 0 only; dan, above cid, is level 1, or 2 where cid counts."""
        by = (TestStairstepOfPairs if pairs else TestStairstep).stairstep.replace(
            "initial = 0", "initial = 0.02"
        ) + more
        result = run_engine(plan(by), world(PEOPLE, [order("sale", "cid", cv=1000, pv=0)], company={"profit": 0}))

        assert str(why(result, name).amounts[0].because).endswith(f"; {met} was met before")

    def test_a_difference_of_what_people_bring_is_told_too(self) -> None:
        """Without any order."""
        by = STAIRSTEP.replace('source = "orders"\nfrom = "seller"\nbase = "cv"', PEOPLE_BRING)
        result = run_engine(plan(by), world(PEOPLE, [order("sale", "bob", cv=0, pv=1000)], company={"profit": 0}))

        assert str(why(result, "dan").amounts[0].because).endswith("; 0.06 was met before")

    def test_what_merges_several_walks_names_none(self) -> None:
        """Each has met rates of its own."""
        (amount,) = why(run('detail = "payee"\n'), "dan").amounts

        assert (amount.amount, amount.because) == (Decimal("60.00"), "")

    def test_a_rate_that_reads_the_child_is_told_with_the_child(self) -> None:
        """Cid's child on the path is bob."""
        by = TestStairstepOfPairs.stairstep
        by = by.replace(by[by.index("rate = ") : by.index("initial")], 'rate = "0.10 if child.id == none else 0.05"\n')

        (amount,) = why(run(stairstep=by), "cid").amounts

        assert str(amount.because).startswith("0.10 if child.id == none else 0.05 is 0.05")

    def test_a_block_that_only_a_pair_can_tell_is_told_of_the_pair(self) -> None:
        """Nothing else of the bonus asks pairs."""
        people = [person(name, above, title=title, off=name == "eve") for name, above, title in UPLINE]
        blocked = 'blocked_by = "off and source.title == none"\nlimit = 0.21\nno_upline = "lost"\n'

        (amount,) = why(run(blocked, people), "eve").amounts

        assert amount.because == "off and source.title == none is true: off = true, source.title = none"

    def test_what_is_not_paid_says_why(self) -> None:
        """Below the minimum level, and who was passed over."""
        assert why(run("minimum_level = 2\n"), "cid").amounts[0].because == "level 1 is below the minimum_level 2"
        people = [person(name, above, title=title, off=name == "cid") for name, above, title in UPLINE]
        (amount,) = why(run('pays = "active"\nunqualified = "skip"\n', people), "dan").amounts
        assert [(step.person, step.because) for step in amount.passed] == [("cid", "active is false: off = true")]


class TestFindings:
    @pytest.mark.parametrize(("more", "said"), FINDINGS)
    def test_each_is_said_whole(self, more: str, said: str) -> None:
        """What is wrong, where, and what to do."""
        with pytest.raises(InputError) as refused:
            plan(STAIRSTEP + more)

        assert [str(finding).partition(": ")[2] for finding in refused.value.findings] == [said]

    def test_a_rate_that_may_be_none_is_refused(self) -> None:
        """A difference needs a number, and an attribute may be absent."""
        header = HEADER.format(refunds="current", at="line").replace(
            "attributes = {", 'attributes = { share = "number",'
        )
        with pytest.raises(InputError) as refused:
            loads_plan(header + STAIRSTEP.replace('"lookup(steps, title)"', '"share"'))

        assert str(refused.value).partition(": ")[2] == (
            "bonuses.step.rate: 'share' may be none; a difference needs a number: write 0 where there is no rate: "
            "x if x != none else 0"
        )

    @pytest.mark.parametrize("key", ["base", "rate", "initial", "source"])
    def test_what_must_be_said_is_asked_for(self, key: str) -> None:
        """No silent default for what the trade disagrees about."""
        lines = [line for line in STAIRSTEP.splitlines() if not line.startswith(f"{key} =")]
        with pytest.raises(InputError) as refused:
            plan("\n".join(lines))

        assert f"bonuses.step.{key}: is missing" in str(refused.value)
