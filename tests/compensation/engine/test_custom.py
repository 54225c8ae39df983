"""Bonuses of one's own class: what they are given, what becomes of what they offer, and what is said of wrong ones."""

from datetime import date
from importlib.metadata import EntryPoint

import pytest

from compensation.engine.small_plans import HEADER, ledger, plan, unpaid
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import order, person, world
from mlmcore.compensation import _code
from mlmcore.compensation.explain import why
from mlmcore.compensation.loader import dumps_plan, loads_plan
from mlmcore.compensation.result import Result
from mlmcore.domain.errors import InputError

UPLINE = """
[[bonuses]]
id = "own"
type = "adjustment"
kind = "custom"
class = "compensation.engine.own_bonuses:UplineShare"
decimals = 4
people = { open = "active" }
orders = { value = "cv" }
options = { rate = 0.05 }
negative = "charge"
"""
GIFT = """
[[bonuses]]
id = "own"
type = "adjustment"
kind = "custom"
class = "compensation.engine.own_bonuses:Gift"
decimals = 3
people = { gift = "first.earned + 1" }
negative = "error"
[[bonuses]]
id = "first"
type = "adjustment"
kind = "amount"
amount = "0.1 * personal"
point_value = 1
negative = "error"
"""


def run(body: str) -> Result:
    """Ann above bob above cid, of whom bob and cid sell."""
    people = [person("ann", off=False), person("bob", "ann", off=True), person("cid", "bob", off=False)]
    sold = [order("o1", "bob", cv=10, pv=100), order("o2", "cid", cv=20, pv=50), order("o3", "ann", cv=30, pv=0)]
    return run_engine(plan(body), world(people, sold, company={"profit": 0}))


def sold_on(days: list[date], more: str, month: int = 3) -> Result:
    """Bob, below ann, sells for 10.00 on each day; a month of the bonus that pays ann five per cent."""
    people = [person("ann", off=False), person("bob", "ann", off=True)]
    sold = [order(f"o{at}", "bob", on=day, cv=10, pv=0) for at, day in enumerate(days)]
    by = plan(UPLINE + more)
    return run_engine(by, world(people, sold, date(2026, month, 1), date(2026, month + 1, 1), company={"profit": 0}))


class TestOwnBonus:
    def test_is_given_columns_and_its_rows_become_lines(self) -> None:
        """People, orders, trees, options and accounts in; paid, unpaid and account lines out."""
        result = run(UPLINE)

        assert ledger(result) == ["own 1 ann o1 0.50"]
        assert unpaid(result) == ["own 1 bob inactive 1"]
        assert result.accounts.by_account() == {"house": 150}
        assert [result.published["own.earned"].text(row) for row in range(3)] == ["0.5000", "0.0000", "0.0000"]

    def test_is_given_who_stands_above_in_every_tree(self) -> None:
        """Cid enrolled ann, who is the root of the sponsor tree, and bob."""
        text = HEADER.format(refunds="current", at="line") + UPLINE.replace("UplineShare", "EnrollerShare")
        people = [
            person(name, above, trees={"enroller": enroller}, off=False)
            for name, above, enroller in (("ann", None, "cid"), ("bob", "ann", "cid"), ("cid", "bob", None))
        ]
        sold = [order(f"of {name}", name, cv=10, pv=0) for name in ("ann", "bob", "cid")]
        by = loads_plan(text.replace('trees = ["sponsor"]', 'trees = ["sponsor", "enroller"]'))

        result = run_engine(by, world(people, sold, company={"profit": 0}))

        assert ledger(result) == ["own 1 cid of ann 0.50", "own 1 cid of bob 0.50"]
        assert result.accounts.by_account() == {"house": 50}

    def test_runs_once_for_each_week_that_ends_in_the_month(self) -> None:
        """With the orders of that week: the first began in February, the last of March ends in April."""
        days = [date(2026, 2, 27), date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 31)]

        assert ledger(sold_on(days, 'every = "week"\n')) == [
            "own 1 ann o0 0.50",
            "own 1 ann o1 0.50",
            "own 1 ann o2 0.50",
        ]
        weekly = plan(GIFT.replace("negative", 'every = "week"\nnegative', 1))
        assert ledger(run_engine(weekly, world([person("ann", off=False)], [], company={"profit": 0}))) == [
            "own -1 ann - 1.00"
        ] * len(("2 March", "9 March", "16 March", "23 March", "30 March"))

    def test_is_given_the_week_as_its_period(self) -> None:
        """The weeks that end in March begin on 23 February and on 2, 9, 16 and 23 March."""
        weekly = plan(GIFT.replace("Gift", "DayOfMonth").replace("negative", 'every = "week"\nnegative', 1))

        result = run_engine(weekly, world([person("ann", off=False)], [], company={"profit": 0}))

        amounts = [line.rpartition(" ")[2] for line in ledger(result) if line.startswith("own")]
        assert amounts == ["23.00", "2.00", "9.00", "16.00", "23.00"]

    def test_runs_in_the_month_that_ends_a_quarter_over_the_whole_of_it(self) -> None:
        """In March over the orders from January on; in February not at all."""
        days = [date(2026, 1, 27), date(2026, 2, 3)]

        assert ledger(sold_on(days, 'every = "quarter"\n')) == ["own 1 ann o0 0.50", "own 1 ann o1 0.50"]
        assert ledger(sold_on(days, 'every = "quarter"\n', month=2)) == []

    def test_pays_nothing_in_a_week_in_which_its_when_is_false(self) -> None:
        """One sale of 10.00 in week 9, two in week 10: only the second week sold 15.00."""
        days = [date(2026, 2, 27), date(2026, 3, 3), date(2026, 3, 4)]

        assert ledger(sold_on(days, 'every = "week"\nwhen = "company.cv >= 15"\n')) == [
            "own 1 ann o1 0.50",
            "own 1 ann o2 0.50",
        ]

    def test_comes_after_what_it_is_given(self) -> None:
        """Whatever the position in the file."""
        assert ledger(run(GIFT)) == [
            "own -1 ann - 1.00",
            "own -1 bob - 11.00",
            "own -1 cid - 6.00",
            "first -1 bob - 10.00",
            "first -1 cid - 5.00",
        ]

    def test_knows_the_keys_of_every_bonus(self) -> None:
        """Minimums, `when`, rounding: what a class offers is a bonus like any other."""
        smaller = GIFT.replace('negative = "error"\n[[', 'negative = "error"\nminimum = 5\nminimum_unpaid = "lost"\n[[')
        never = UPLINE + 'when = "company.profit > 0"\n'

        assert ledger(run(smaller))[:2] == ["own -1 bob - 11.00", "own -1 cid - 6.00"]
        assert ledger(run(never)) == []

    def test_may_say_the_plans_own_period(self) -> None:
        """`every = "month"` in a plan of months says nothing new."""
        assert ledger(run(UPLINE + 'every = "month"\n')) == ledger(run(UPLINE))

    def test_is_told_by_why(self) -> None:
        """With the class, and what it was given about the person."""
        amount = next(item for item in why(run(UPLINE), "ann").amounts)

        assert (amount.formula, amount.because) == (
            "compensation.engine.own_bonuses:UplineShare",
            "active is true: off = false",
        )

    def test_is_written_out_with_its_plan(self) -> None:
        """So it is part of its digest."""
        written = plan(UPLINE)

        assert loads_plan(dumps_plan(written)) == written

    def test_is_found_by_the_name_of_an_entry_point(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of the group `mlmcore.bonuses`."""
        offered = EntryPoint("upline_share", "compensation.engine.own_bonuses:UplineShare", "mlmcore.bonuses")
        monkeypatch.setattr(_code, "entry_points", lambda group: [offered] if group == "mlmcore.bonuses" else [])

        assert ledger(run(UPLINE.replace("compensation.engine.own_bonuses:UplineShare", "upline_share"))) == [
            "own 1 ann o1 0.50"
        ]
        with pytest.raises(InputError) as caught:
            run(UPLINE.replace("compensation.engine.own_bonuses:UplineShare", "upline_shares"))
        assert str(caught.value).partition("bonuses.")[2] == (
            "own.class: no package offers a bonus 'upline_shares'; did you mean 'upline_share'?"
        )


def wrong(body: str) -> str:
    """What is said of a plan, or of its run."""
    with pytest.raises(InputError) as caught:
        run(body)
    return "\n".join(str(finding).partition("bonuses.")[2] for finding in caught.value.findings)


class TestWrongOnes:
    @pytest.mark.parametrize(
        ("how", "said"),
        [
            ("nothing", "hands back NoneType; hand back mlmcore.compensation.bonuses.custom.Offers"),
            ("payee", "hands back the payee 3, which there is not; hand back what it was given"),
            ("source", "hands back the source 3, which there is not; hand back what it was given"),
            ("order", "hands back the order 3, which there is not; hand back what it was given"),
            ("short", "hands back columns of [1, 3] rows; hand back one value for each payee"),
            ("float", "hands back float64 as payee; hand back whole numbers"),
            ("missing", "hands back number as amount; hand back numbers, none missing"),
            ("text", "hands back text as amount; hand back numbers, none missing"),
            (
                "fine",
                (
                    "hands back amounts of 4 decimal places, and the plan says 3; "
                    "say more in `decimals`, or round them exactly"
                ),
            ),
        ],
    )
    def test_that_hand_back_what_cannot_be_stop_the_run(self, how: str, said: str) -> None:
        """In words, never as lines."""
        body = GIFT.replace("Gift", "Wrong").replace('gift = "first.earned + 1"', "") + ""
        body = body.replace('negative = "error"\n[[', f'negative = "error"\noptions = {{ how = "\'{how}\'" }}\n[[')

        assert wrong(body) == f"own: compensation.engine.own_bonuses:Wrong {said}"

    def test_that_fail_stop_the_run(self) -> None:
        """With what they said."""
        assert wrong(GIFT.replace("Gift", "Failing")) == (
            "own: compensation.engine.own_bonuses:Failing fails: KeyError: 'rate'"
        )

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            (
                "own_bonuses:UplineShare",
                "own_bonuses:Nothing",
                (
                    "own.class: 'compensation.engine.own_bonuses:Nothing' has no method `offers`; "
                    "a bonus is a class with offers(given)"
                ),
            ),
            (
                'class = "compensation.engine.own_bonuses:UplineShare"\ndecimals = 4\n',
                'class = "upline"\n',
                (
                    "own.decimals: is missing; the decimal places of its exact amounts: decimals = 4\n"
                    "own.class: no package offers a bonus 'upline'; install the package that offers it, or write "
                    '"package:Class"'
                ),
            ),
            (
                'negative = "charge"\n',
                "",
                (
                    'own.negative: is missing; the amount may fall below zero: choose "zero": a payee\'s sum below '
                    'zero becomes zero; "charge": the payee is charged; "error": the run stops'
                ),
            ),
            (
                'orders = { value = "cv" }',
                'orders = { value = "personal" }\nwhere = "active"',
                (
                    "own.orders.value: 'personal' is a column of people and means nothing in an order column "
                    "(character 1 of 'personal'); write buyer.personal or seller.personal\n"
                    "own.where: means nothing for a custom bonus, whose class says it; give it as an option"
                ),
            ),
        ],
    )
    def test_plans_are_refused_when_they_are_loaded(self, old: str, new: str, said: str) -> None:
        """With all findings."""
        assert UPLINE.count(old) == 1
        assert wrong(UPLINE.replace(old, new)) == said
