"""A weekly pool in a monthly plan, over months in a row: against its slow twin, and against a plan of weeks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

from attrs import evolve
from hypothesis import given, note, settings
from hypothesis import strategies as st

from compensation.twin.engine_runs import engine_inputs
from compensation.twin.small_worlds import LONG_AGO, order, person, world
from compensation.twin.test_pool_against_twin import HEADER as TWIN
from compensation.twin.test_pool_against_twin import SHARES as OF_MEMBERS
from compensation.twin.test_pool_against_twin import accounts, carried
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.explain import Explainer
from mlmcore.compensation.inputs import State
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.result import Result, Span
from mlmcore.domain.enums import PeriodKind
from mlmcore.domain.periods import Period
from reference.pool_weeks import Rules, Sale, Week, weeks_ending, weeks_shared
from reference.pools import Shares

HEADER = TWIN.replace("[inputs]", '[inputs]\nvolumes = { cv = "money" }')
MONTHS = [date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)]
SHARES: dict[str, Shares] = {
    "max(0, sum(orders, cv))": lambda member, _: max(member.measure, Fraction(0)),
    "count(orders)": lambda member, _: member.factor,
    "lookup(prizes, place) * count(orders)": OF_MEMBERS["lookup(prizes, place) * factor"],
    "lookup(prizes, place)": OF_MEMBERS["lookup(prizes, place)"],
    "0": OF_MEMBERS["0"],
}
FUNDS = {
    "0.02 * company.cv": (Fraction("0.02"), Fraction(0)),
    "7.505 + 0.0125 * company.cv": (Fraction("0.0125"), Fraction("7.505")),
}
ELIGIBLE = {"count(orders) > 0": lambda _, orders: orders > 0, "sum(orders, cv) >= 40": lambda volume, _: volume >= 40}


@dataclass
class Drawn:
    """A pool's text, what the twin is told of it, and what goes into the months."""

    text: str
    rules: Rules
    people: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    months: Sequence[date]

    def plan_text(self, period: str) -> str:
        """The plan: a month's with a weekly pool, or a week's."""
        every = 'every = "week"\n' if period == "month" else ""
        return HEADER.replace('"month"', f'"{period}"') + self.text.replace("[[bonuses]]\n", f"[[bonuses]]\n{every}", 1)


@st.composite
def pools(draw: st.DrawFn) -> Drawn:
    """A weekly pool with any of its options, few people and orders of three months."""
    people = [
        person(f"p{row}", joined=LONG_AGO + timedelta(days=draw(st.integers(0, 1))), good=draw(st.booleans()))
        for row in range(draw(st.integers(1, 4)))
    ]
    months = MONTHS[: draw(st.sampled_from([1, 2, 2, 3]))]
    rounded, remainder, nobody = (draw(st.booleans()) for _ in range(3))
    fund, eligible = draw(st.sampled_from([*FUNDS])), draw(st.sampled_from([*ELIGIBLE]))
    ties, top = draw(st.sampled_from([None, "share", "joined", "id"])), draw(st.sampled_from([None, 1, 2]))
    release = draw(st.sampled_from([None, None, 9]))
    options = {
        "id": '"pot"',
        "type": '"pool"',
        "kind": '"pool"',
        "fund": f'"{fund}"',
        "eligible": f'"{eligible}"',
        "qualifies": '"good"',
        "share_value": '"rounded"' if rounded else '"exact"',
        "remainder": '"account:house"' if remainder else '"largest_remainder"',
        "nobody": '"account:charity"' if nobody else '"carry"',
        "negative": '"charge"',
        **({} if release is None else {"release": f'"pot.fund >= {release}"'}),
        **({} if ties is None else {"order_by": '"sum(orders, cv)"', "ties": f'"{ties}"'}),
        **({} if ties is None or top is None else {"top": f"{top}"}),
    }
    formulas = [formula for formula in SHARES if ties is not None or "place" not in formula]
    parts = draw(st.lists(st.tuples(st.integers(1, 3), st.sampled_from(formulas)), min_size=1, max_size=2))
    text = "[[bonuses]]\n" + "".join(f"{key} = {value}\n" for key, value in options.items())
    if len(parts) == 1:
        text += f'shares = "{parts[0][1]}"\n'
    else:
        text += "".join(f'[[bonuses.parts]]\nweight = {weight}\nshares = "{one}"\n' for weight, one in parts)
    rate, each = FUNDS[fund]
    rules = Rules(
        fund=lambda volume: each + rate * volume,
        eligible=ELIGIBLE[eligible],
        parts=[(Fraction(weight), SHARES[one]) for weight, one in parts],
        ties=ties,
        top=None if ties is None else top,
        rounded=rounded,
        give_out=not remainder,
        carries=not nobody,
        release=None if release is None else Fraction(release),
    )
    return Drawn(text, rules, people, draw(_orders(people)), months)


@st.composite
def _orders(draw: st.DrawFn, people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sales on days about the ends of weeks and months, some of them given back later."""
    first = date(2026, 2, 20)
    day = st.one_of(st.integers(0, 100), st.sampled_from([2, 3, 8, 9, 10, 37, 38, 39, 40, 44, 45, 69, 72, 73]))
    found = []
    for number in range(draw(st.integers(0, 14))):
        seller, on = draw(st.sampled_from(people))["id"], first + timedelta(days=draw(day))
        cents = draw(st.sampled_from([4000, 10000, 3999, 12345, 50005]))
        found.append(order(f"o{number:02}", seller, on=on, cv=Fraction(cents, 100)))
        if draw(st.integers(0, 3)) == 0:
            later = on + timedelta(days=draw(st.integers(0, 12)))
            found.append(order(f"r{number:02}", seller, on=later, cv=-Fraction(cents, 100), refund_of=f"o{number:02}"))
    return found


def months_run(drawn: Drawn) -> Iterator[Result]:
    """The months, each with what the one before handed on."""
    plan, state = loads_plan(drawn.plan_text("month")), State.empty()
    for start in drawn.months:
        end = Period.parse(f"{start:%Y-%m}").end
        inputs = engine_inputs(plan, world(drawn.people, drawn.orders, start, end, company={"fund": Decimal(0)}))
        result = calculate(plan, evolve(inputs, previous=state))
        state = result.handed_on()
        yield result


def weeks_run(drawn: Drawn) -> Iterator[Result]:
    """The same by a plan whose periods are weeks."""
    plan, state = loads_plan(drawn.plan_text("week")), State.empty()
    last = Period.parse(f"{drawn.months[-1]:%Y-%m}").end
    for monday, after in weeks_ending(drawn.months[0], last):
        inputs = engine_inputs(plan, world(drawn.people, drawn.orders, monday, after, company={"fund": Decimal(0)}))
        result = calculate(plan, evolve(inputs, previous=state))
        state = result.handed_on()
        yield result


def by_week(result: Result) -> dict[str, tuple[dict[str, Fraction], dict[str, Fraction], Fraction]]:
    """By week what people are paid, what they are not, and what is left to rounding."""
    (lines,), (left,), ids = result.lines.segments, result.unpaid.segments, result.network.ids
    alone = Span(period=result.period.id, lines=len(lines), unpaid=len(left), missed=0)
    spans = result.spans.get("pot", (alone,))
    found = {}
    starts = list(accumulate((span.lines for span in spans), initial=0))
    ends = list(accumulate((span.unpaid for span in spans), initial=0))
    assert (starts[-1], ends[-1]) == (len(lines), len(left))
    for span, (first, last), (begin, end) in zip(spans, pairwise(starts), pairwise(ends), strict=True):
        paid = {ids.label(int(lines.payee[row])): Fraction(int(lines.amount[row]), 100) for row in range(first, last)}
        whose = [(int(left.payee[row]), Fraction(left.amount_of(row))) for row in range(begin, end)]
        unpaid = {ids.label(payee): amount for payee, amount in whose if payee >= 0}
        found[span.period] = (paid, unpaid, sum((amount for payee, amount in whose if payee < 0), Fraction(0)))
    return found


def expected(week: Week, good: dict[str, bool]) -> tuple[dict[str, Fraction], dict[str, Fraction], Fraction]:
    """What the twin says of one week."""
    if week.outcome is None:
        return {}, {}, Fraction(0)
    amounts = {name: amount for name, amount in week.outcome.amounts.items() if amount}
    paid = {name: amount for name, amount in amounts.items() if good[name]}
    return paid, {name: amount for name, amount in amounts.items() if not good[name]}, week.outcome.rounding


class TestWeeksOfAMonth:
    """A pool with `every = "week"` in a monthly plan."""

    @given(drawn=pools())
    @settings(max_examples=16, deadline=None)
    def test_is_what_the_twin_shares_week_by_week(self, drawn: Drawn) -> None:
        """Lines of each week, unpaid lines, accounts, what is carried, and what is published: the last week's."""
        note(drawn.text)
        good = {one["id"]: one["attributes"]["good"] for one in drawn.people}
        joined = {one["id"]: one["joined"] for one in drawn.people}
        sales = [
            Sale(one["seller"], one["date"], one["volumes"]["cv"], one["refund_of"] is not None) for one in drawn.orders
        ]
        brought = Fraction(0)
        for start, result in zip(drawn.months, months_run(drawn), strict=True):
            weeks = weeks_shared(drawn.rules, joined, sales, start, result.period.end, brought)
            of_week = {Period.containing(week.monday, PeriodKind.WEEK).id: week for week in weeks}

            assert by_week(result) == {name: expected(week, good) for name, week in of_week.items()}
            house = sum((week.outcome.remainder for week in weeks if week.outcome), Fraction(0))
            charity = sum((week.outcome.nobody for week in weeks if week.outcome), Fraction(0))
            assert accounts(result) == [house, Fraction(0) if drawn.rules.carries else charity]
            identity = result.identity["pot"]
            assert [Fraction(identity.brought), Fraction(identity.carried)] == [brought, weeks[-1].carried]
            brought = weeks[-1].carried
            assert carried(result) == brought
            assert Fraction(result.figures["pot.fund"].decimal(0)) == weeks[-1].held
            if drawn.rules.ties is not None:
                assert placed(result) == {member.id: member.places[0] for member in weeks[-1].members}
            places = result.figures["pot.fund"].places
            assert told(result) == {
                (name, who, f"the fund held {Decimal(int(week.held * 10**places)).scaleb(-places)}")
                for name, week in of_week.items()
                for who in expected(week, good)[0]
            }

    @given(drawn=pools())
    @settings(max_examples=6, deadline=None)
    def test_is_what_a_weekly_plan_shares_week_after_week(self, drawn: Drawn) -> None:
        """Every option means in a week of a month what it means in a period of its own."""
        note(drawn.text)
        monthly: dict[str, Any] = {}
        for month in months_run(drawn):
            monthly |= by_week(month)
        weekly: dict[str, Any] = {}
        for week in weeks_run(drawn):
            weekly |= by_week(week)

        assert monthly == weekly
        assert carried(month) == carried(week)
        assert month.figures["pot.fund"].text(0) == week.figures["pot.fund"].text(0)


def placed(result: Result) -> dict[str, int]:
    """Everybody's place, as the last week left it."""
    column, ids = result.published["pot.place"], result.network.ids
    return {ids.label(row): column.values[row] for row in range(len(column)) if not column.is_absent[row]}


def told(result: Result) -> set[tuple[str, str, str]]:
    """Of every amount of people the week, whose it is, and what `why` says that the fund held."""
    explainer, ids = Explainer(result), result.network.ids
    return {
        (amount.span, ids.label(row), amount.because.partition(";")[0])
        for row in range(len(result.network))
        for amount in explainer.explain(row).amounts
        if amount.kind == "paid"
    }
