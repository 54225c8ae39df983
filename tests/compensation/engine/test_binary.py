"""`binary`: what its words mean for the legs, what it says when asked why, and what is said about wrong plans."""

from datetime import date
from decimal import Decimal

import pytest

from compensation.published.test_published_binary_examples import member, pair, week
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import order, world
from mlmcore.compensation.explain import why
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result
from mlmcore.compensation.statement import statement
from mlmcore.domain.errors import InputError

HEADER = """
[plan]
id = "binary"
version = "1"
effective_from = 2000-01-01
period = "week"
currency = "USD"
rounding = { mode = "half_up", places = 2, at = "line" }
tree = "placement"
tree_as_of = "period_end"
timezone = "UTC"
refunds = "current"
[inputs]
trees = ["placement"]
volumes = { cv = "money" }
attributes = { eligible = "boolean" }
company = { open = "boolean" }
[tables.steps]
by = "threshold"
rows = [[100, 10]]
below = 0
[tables.brackets]
by = "threshold"
mode = "marginal"
rows = [[0, 0.1]]
[measures]
own = "sum(orders, cv)"
"""
PERCENT = """
[[bonuses]]
id = "bin"
type = "binary"
kind = "binary"
volume = "own"
negative = "charge"
pay = "percent"
percent = 0.10
after = "subtract"
"""
PAIRS = PERCENT.replace('pay = "percent"\npercent = 0.10', 'pay = "pairs"\nunit = 10\nratio = "1:1"\namount = 2')


def plan(body: str) -> Plan:
    """A plan of the header and a bonus."""
    return loads_plan(HEADER + body)


def run(body: str, left: int, right: int) -> Result:
    """A week of somebody with one person in each leg."""
    inputs = week(*pair("You", left, right))
    inputs.company = {"open": True}
    return run_engine(plan(body), inputs)


class TestWhy:
    def test_an_amount_names_both_legs_and_what_is_carried(self) -> None:
        """What stood on the left and right, what matched, what goes on."""
        (amount,) = why(run(PERCENT, 300, 500), "You").amounts

        assert (amount.amount, amount.base, amount.rate) == (Decimal("30.00"), Decimal("300.00"), Decimal("0.10"))
        assert amount.because == ("left 300.00, right 500.00; matched 300.00; carried out: left 0.00, right 200.00")
        assert amount.rate_clause.endswith("bonuses.bin.percent")

    @pytest.mark.parametrize(
        ("body", "formula"),
        [
            (PERCENT, "matched"),
            (PAIRS, "a pair"),
            (PAIRS.replace("amount = 2", 'amount = "2 if own >= 0 else 1"'), "2 if own >= 0 else 1"),
        ],
    )
    def test_an_amount_names_what_is_paid_for(self, body: str, formula: str) -> None:
        """What matched, a pair, or the formula of a pair's worth."""
        (amount,) = why(run(body, 300, 500), "You").amounts

        assert amount.formula == formula

    @pytest.mark.parametrize("more", ["", 'deferred_until = "true"\n', 'when = "company.cv >= 5"\n'])
    def test_each_line_of_several_weeks_names_its_week_and_the_legs_of_that_week(self, more: str) -> None:
        """A week without a line in between changes nothing, nor does a condition; the statement says the week too."""
        weekly = PAIRS.replace('volume = "own"', 'volume = "sum(orders, cv)"\nevery = "week"') + more
        sold = [("a", "Lea", 2, 25), ("b", "Rob", 2, 20), ("c", "Rob", 9, 10), ("d", "Lea", 16, 5)]
        orders = [order(name, who, on=date(2026, 3, day), cv=cv) for name, who, day, cv in sold]
        people = [member("You"), member("Lea", "You", 1), member("Rob", "You", 2)]
        month = loads_plan(HEADER.replace('period = "week"', 'period = "month"') + weekly)
        result = run_engine(month, world(people, orders, company={"open": True}))

        assert [(one.span, one.because) for one in why(result, "You").amounts] == [
            ("2026-W10", "left 25.00, right 20.00; matched 20.00; carried out: left 5.00, right 0.00"),
            ("2026-W12", "left 10.00, right 10.00; matched 10.00; carried out: left 0.00, right 0.00"),
        ]
        assert "  2026-W10: a pair 2 x 2 = 4; left 25.00" in statement(result, "You").to_text()
        assert "  2026-W12: a pair = 2; left 10.00" in statement(result, "You").to_text()

    def test_what_the_cap_took_is_unpaid(self) -> None:
        """With its reason, and the volume that was lost with it."""
        result = run(PERCENT + 'cap = { money = 20 }\nover_cap = "flush_excess"\n', 300, 500)
        unpaid = [item for item in why(result, "You").amounts if item.kind == "unpaid"]

        assert [(item.reason, item.amount) for item in unpaid] == [("capped", Decimal(10))]
        assert result.published["bin.left_lost"].text(int(result.network.ids.positions(["You"])[0])) == "100.00"

    def test_what_its_own_cap_took_is_not_told_of_caps_over_it(self) -> None:
        """30.00 matched: the bonus pays 20.00 at most, and a cap over it leaves 5.00 of them."""
        own = PERCENT + 'cap = { money = 20 }\nover_cap = "flush_excess"\n'
        over = '[[caps]]\nbonuses = ["bin"]\nper = ["payee"]\nlimit = 5\napply = "scale"\n'

        told = [(int(item.amount), item.because) for item in why(run(own + over, 300, 500), "You").amounts]

        legs = "left 300.00, right 500.00; matched 200.00; carried out: left 0.00, right 200.00"
        assert told == [
            (5, legs),
            (10, legs),
            (15, "caps[0] is over bin per payee: the limit is 5"),
        ]

    def test_a_rate_that_divides_is_told_as_about(self) -> None:
        """Base times the rate as it is shown would be less than what is paid."""
        third = PERCENT.replace("percent = 0.10", 'percent = "1 / 3"')

        text = statement(run(third, 300, 500), "You").to_text()

        assert "matched 300.00 x about 0.33333333; left 300.00, right 500.00;" in text


class TestRest:
    @pytest.mark.parametrize("after", ["flush", "clear_weak"])
    def test_a_step_at_nothing_matches_nothing(self, after: str) -> None:
        """Below the first step that pays, both legs wait for the next period."""
        steps = PERCENT.replace('pay = "percent"\npercent = 0.10', 'pay = "steps"\nsteps = "from_nothing"')
        table = '[tables.from_nothing]\nby = "threshold"\nrows = [[0, 0], [100, 10]]\nbelow = 0\n'

        result = run(steps.replace('"subtract"', f'"{after}"') + table, 99, 500)

        you = int(result.network.ids.positions(["You"])[0])
        assert result.carried["bin.left_out"].value(you) == Decimal("99.00")
        assert result.carried["bin.right_out"].value(you) == Decimal("500.00")

    def test_a_period_without_the_bonus_keeps_the_legs(self) -> None:
        """`when` is false: nothing matches, nothing new is added, what came in goes on."""
        inputs = week(*pair("You", 300, 500), bin__left_out={"You": 70})
        inputs.company = {"open": False}
        result = run_engine(plan(PERCENT + 'when = "company.open"\n'), inputs)
        you = int(result.network.ids.positions(["You"])[0])

        assert result.lines.total == 0
        assert result.carried["bin.left_out"].value(you) == Decimal("70.00")
        assert result.carried["bin.right_out"].value(you) is None

    @pytest.mark.parametrize(("limit", "carried"), [("100 - own", 0), ("150", 150), ("0", 0)])
    def test_a_limit_below_nothing_is_nothing(self, limit: str, carried: int) -> None:
        """What the stronger leg has over is cut to it; a leg never loses volume that is still to come."""
        shown = run(PERCENT + f'carry_limit = "{limit}"\n'.replace("own", "(own + 200)"), 300, 500)

        you = int(shown.network.ids.positions(["You"])[0])
        assert (shown.carried["bin.right_out"].value(you) or 0) == carried  # nothing is carried as no value


OVER_CAP = (
    'choose "flush_excess": the legs lose what would have matched without the cap; '
    '"flush_both": both legs are emptied where the cap bites; "carry": only what was paid for leaves the legs'
)
INACTIVE = (
    'choose "keep": new volume is added, and nothing matches; "freeze": new volume is dropped, and nothing matches; '
    '"match": the legs match, and nothing is paid; "reset": both legs are emptied'
)
RATIO = (
    'choose "1:1": each leg gives one unit to a pair; "1:2": the left leg gives one, the right two; '
    '"2:1": the left leg gives two, the right one; "either": the leg that is weak before '
    'anything matches gives one, the strong one two; "pair_by_pair": each pair takes one of the leg that is then the '
    "smaller, two of the other"
)
BY_PERCENT = 'pay = "percent"\npercent = 0.10'
CAP = "cap = { money = 5 }\n"
FINDINGS = [
    (PERCENT.replace("percent = 0.10\n", ""), "percent: is missing; the rate of what matches: percent = 0.10"),
    (PAIRS.replace("\namount = 2", ""), "amount: is missing; money for each pair: amount = 20.00"),
    (PERCENT + "unit = 10\n", 'unit: means nothing with pay = "percent"; leave it out'),
    (PAIRS.replace('ratio = "1:1"\n', ""), f"ratio: is missing; {RATIO}"),
    (PERCENT + CAP, f"over_cap: is missing; {OVER_CAP}"),
    (
        PERCENT + 'cap = { pairs = 5 }\nover_cap = "carry"\n',
        'cap: counts pairs, and there are none with pay = "percent"; cap the money',
    ),
    (
        PERCENT.replace("subtract", "flush") + CAP + 'over_cap = "carry"\n',
        'over_cap: "carry" means nothing with after = "flush"; write after = "subtract"',
    ),
    (PERCENT + 'pays = "eligible"\n', f"inactive: is missing; {INACTIVE}"),
    (
        PERCENT.replace(BY_PERCENT, 'pay = "steps"\nsteps = "step"'),
        "steps: 'step' is no threshold table; did you mean 'steps'?",
    ),
    (
        PERCENT.replace(BY_PERCENT, 'pay = "steps"\nsteps = "brackets"'),
        "steps: 'brackets' is a marginal table; a step pays the value of its row: mode = \"row\"",
    ),
    (
        PERCENT + 'where = "eligible"\n',
        "where: means nothing for a binary bonus: a line is a payee's; leave it out",
    ),
    (
        PAIRS + "point_value = 1\n",
        "point_value: means nothing here: pairs and steps are paid in money; leave it out",
    ),
]


class TestFindings:
    @pytest.mark.parametrize(("body", "said"), FINDINGS)
    def test_each_is_said_whole(self, body: str, said: str) -> None:
        """What is wrong, where, and what to do."""
        with pytest.raises(InputError) as refused:
            plan(body)

        assert [str(finding).partition(": bonuses.bin.")[2] for finding in refused.value.findings] == [said]

    FEES = (
        PERCENT.replace(BY_PERCENT, 'pay = "steps"\nsteps = "fees"').replace('negative = "charge"\n', "")
        + '{}[tables.fees]\nby = "threshold"\nrows = [[100, {}], [200, 5]]\nbelow = 0\n'
    )

    def test_steps_ask_for_negative_where_one_of_them_is_below_zero(self) -> None:
        """A step pays what its row says."""
        with pytest.raises(InputError, match=r"bonuses\.bin\.negative: is missing; the amount may fall below zero"):
            plan(self.FEES.format("", -10))

    @pytest.mark.parametrize(("negative", "value"), [('negative = "charge"\n', -10), ("", 0)])
    def test_steps_need_no_more_where_it_is_said_or_none_is(self, negative: str, value: int) -> None:
        """Nothing is no charge."""
        assert plan(self.FEES.format(negative, value)).bonus("bin").id == "bin"

    def test_other_legs_than_left_and_right_are_named(self) -> None:
        """All of them, by the people who hang there."""
        people = [member("You"), member("Ann", "You", 3), member("Bob", "You", 0), member("Cid", "You", 1)]
        inputs = week(people, {})
        inputs.company = {"open": True}
        with pytest.raises(InputError) as refused:
            run_engine(plan(PERCENT), inputs)

        assert [str(finding) for finding in refused.value.findings] == [
            f"placement: person {name}: hangs in leg {leg} of You; "
            "a binary bonus knows leg 1, the left, and leg 2, the right"
            for name, leg in (("Ann", 3), ("Bob", 0))
        ]

    def test_a_unit_of_nothing_is_refused(self) -> None:
        """A pair takes some volume from each leg."""
        with pytest.raises(InputError) as refused:
            run(PAIRS.replace("unit = 10", 'unit = "own - own"'), 10, 10)

        assert str(refused.value) == (
            "<text>:36: bonuses.bin.unit: the unit of bin is not above zero for 3 people, You among them; "
            "a pair takes some volume from each leg"
        )
