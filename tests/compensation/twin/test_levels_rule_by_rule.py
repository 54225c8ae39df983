"""Section 5.1 of the plan language, a small tree for each of its rules; the engine and its twin both say the same.

`top` stands above `cid`, `bob` and `ann`, in that order; ann sells for 100, so a rate of 0.10 is 10.
"""

from fractions import Fraction
from typing import Any

import pytest

from compensation.twin.engine_runs import Answer, engine_answer, run_engine, twin_answer
from compensation.twin.small_worlds import chain, order, person, world
from mlmcore.compensation.loader import loads_plan
from reference.engine import Inputs

HEADER = """
[plan]
id = "rules"
version = "1"
effective_from = 2026-01-01
period = "month"
currency = "USD"
rounding = { mode = "half_even", places = 2, at = "line" }
tree = "sponsor"
tree_as_of = "period_end"
timezone = "UTC"
refunds = "current"
active = "on"
accounts = ["house"]
[inputs]
volumes = { cv = "money", pv = "points" }
attributes = { off = "boolean", plain = "boolean", title = "text", cut = "number" }
[parameters]
two = 2
[measures]
on = "not off"
own_points = "sum(orders, pv)"
[rank]
from = "attribute title"
[[ranks]]
id = "silver"
[[ranks]]
id = "gold"
[[bonuses]]
id = "b"
type = "unilevel"
kind = "levels"
"""
DEFAULTS: dict[str, str | None] = {
    "source": '"orders"',
    "from": '"seller"',
    "base": '"cv"',
    "rates": "[0.10, 0.05, 0.02]",
    "counts": '"true"',
    "unpaid": '"lost"',
    "no_upline": '"lost"',
    "negative": '"charge"',
}
FOUR = chain("top", "cid", "bob", "ann", off=False, plain=False, cut=9)
SALE = order("sale", "ann", cv=100, pv=40)


def written(value: Any) -> str | None:
    """A value as TOML: texts are quoted, lists and tables given as texts are not; None leaves a key out."""
    if isinstance(value, str):
        return value if value[:1] in {"[", "{"} else f'"{value}"'
    return str(value).lower() if isinstance(value, bool) else None if value is None else str(value)


def options(**changes: Any) -> dict[str, str | None]:
    """Options of the bonus."""
    return {**DEFAULTS, **{key.removesuffix("_"): written(value) for key, value in changes.items()}}


def people(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    """The four, some with other attributes."""
    by_id = {change.pop("id"): change for change in changes}
    return [{**one, "attributes": {**one["attributes"], **by_id.get(one["id"], {})}} for one in FOUR]


def off(*ids: str) -> list[dict[str, Any]]:
    """The four, some of whom are off: not active."""
    return people(*({"id": identity, "off": True} for identity in ids))


def answer(
    changes: dict[str, Any], who: list[dict[str, Any]] = FOUR, *orders: dict[str, Any], refunds: str = "current"
) -> Answer:
    """What the engine says, when the twin says the same."""
    lines = "".join(f"{key} = {value}\n" for key, value in options(**changes).items() if value is not None)
    plan = loads_plan(HEADER.replace('refunds = "current"', f'refunds = "{refunds}"') + lines)
    inputs: Inputs = world(who, list(orders) or [SALE])
    engine = engine_answer(run_engine(plan, inputs))
    assert engine == twin_answer(plan, inputs)
    return engine


def paid(found: Answer) -> dict[str, Any]:
    """What people are paid."""
    return {name: amount for name, amount in found["columns"]["b.paid"].items() if amount}


def unpaid(found: Answer) -> dict[Any, Any]:
    """What is unpaid: by payee and level, with its reason."""
    return {(line[1], line[5]): (line[8], line[9]) for line in found["unpaid"]}


def accounts(found: Answer) -> dict[Any, Any]:
    """What the account is paid: by whose level it was."""
    return {(line[1], line[5]): line[8] for line in found["accounts"]}


class TestLevels:
    """Who stands at which level."""

    def test_the_start_is_level_0_and_each_person_above_is_one_more(self) -> None:
        """The start is level 0; the level of a person above is 1 + the number of people strictly between who count."""
        assert paid(answer({})) == {"bob": 10, "cid": 5, "top": 2}

    def test_a_level_without_a_rate_is_not_offered_and_is_used_up(self) -> None:
        """`none` in a list."""
        found = answer({"rates": '[0.10, "none", 0.02]'})

        assert (paid(found), unpaid(found)) == ({"bob": 10, "top": 2}, {})

    def test_whoever_does_not_count_uses_up_no_level_and_is_not_paid(self) -> None:
        """Only a person who counts is paid."""
        assert paid(answer({"counts": "not plain"}, people({"id": "bob", "plain": True}))) == {"cid": 10, "top": 5}

    def test_the_uncounted_may_be_paid_and_use_up_nothing(self) -> None:
        """Unless `pay_uncounted`."""
        found = answer({"counts": "not plain", "pay_uncounted": True}, people({"id": "bob", "plain": True}))

        assert paid(found) == {"bob": 10, "cid": 10, "top": 5}

    def test_the_source_is_counted_among_those_between(self) -> None:
        """With `source_counts` the person above the source is level 2."""
        assert paid(answer({"source_counts": True})) == {"bob": 5, "cid": 2}

    def test_a_source_that_does_not_count_uses_up_nothing(self) -> None:
        """If `counts` holds for it."""
        found = answer({"source_counts": True, "counts": "not plain"}, people({"id": "ann", "plain": True}))

        assert paid(found) == {"bob": 10, "cid": 5, "top": 2}

    def test_a_level_that_the_source_used_up_is_not_owed_above_the_root(self) -> None:
        """Above the root the levels after the highest one reached are offered; the source has used up level 1."""
        found = answer({"source_counts": True}, [FOUR[0]], order("sale", "top", cv=100, pv=0))

        assert unpaid(found) == {(None, 2): (5, "no_upline"), (None, 3): (2, "no_upline")}

    def test_first_level_0_pays_the_start_itself_without_asking_counts(self) -> None:
        """0 pays the start itself, where `counts` is not asked."""
        found = answer({"first_level": 0, "counts": "not plain"}, people({"id": "ann", "plain": True}))

        assert paid(found) == {"ann": 10, "bob": 5, "cid": 2}

    def test_levels_below_the_first_are_used_up(self) -> None:
        """From `first_level`; the first rate belongs to it."""
        assert paid(answer({"first_level": 2})) == {"cid": 10, "top": 5}


class TestCustomers:
    """An order without a buying distributor."""

    def test_under_the_seller_the_seller_is_level_1(self) -> None:
        """`under_seller`: the seller is level 1."""
        assert paid(answer({"from_": "buyer", "customer": "under_seller"})) == {"ann": 10, "bob": 5, "cid": 2}

    def test_under_the_seller_level_0_is_not_offered(self) -> None:
        """Level 0 isn't offered; the first rate still belongs to it."""
        found = answer({"from_": "buyer", "customer": "under_seller", "first_level": 0})

        assert paid(found) == {"ann": 5, "bob": 2}

    def test_as_the_seller_the_seller_is_level_0(self) -> None:
        """`as_seller`."""
        assert paid(answer({"from_": "buyer", "customer": "as_seller"})) == {"bob": 10, "cid": 5, "top": 2}

    def test_skipped_it_pays_nobody(self) -> None:
        """`skip`: no walk, nothing is offered."""
        found = answer({"from_": "buyer", "customer": "skip"})

        assert (found["lines"], found["entitled"]["b"]) == ([], 0)

    def test_a_buying_distributor_is_level_0_whoever_sold(self) -> None:
        """With `from = "buyer"`."""
        sale = order("sale", "ann", buyer="cid", cv=100, pv=0)

        assert paid(answer({"from_": "buyer", "customer": "skip"}, FOUR, sale)) == {"top": 10}


class TestRates:
    """What a level pays, and whether it is offered."""

    def test_past_the_list_there_is_no_line_and_nothing_unpaid(self) -> None:
        """Past the end of a list."""
        found = answer({"rates": "[0.10]"})

        assert (paid(found), unpaid(found)) == ({"bob": 10}, {})

    def test_beyond_is_the_rate_after_the_list_and_never_ends(self) -> None:
        """`beyond = x` after the list; where levels never end, nothing is owed above the root."""
        found = answer({"rates": "[0.10]", "beyond": 0.01})

        assert (paid(found), unpaid(found)) == ({"bob": 10, "cid": 1, "top": 1}, {})

    def test_by_rank_each_has_their_own_list_and_the_face_rate_is_the_highest(self) -> None:
        """By rank, the highest that any rank has there; breakage of a person without a rate is the face rate."""
        who = people({"id": "bob", "title": "silver"}, {"id": "cid", "title": "silver"}, {"id": "top", "title": "gold"})
        found = answer({"rates": "{ silver = [0.10], gold = [0.20, 0.06, 0.03] }"}, who)

        assert (paid(found), unpaid(found)) == ({"bob": 10, "top": 3}, {("cid", 2): (6, "not_qualified")})

    def test_without_a_rank_there_is_no_rate(self) -> None:
        """Not qualified for a missing rate, at the face rate."""
        found = answer({"rates": "{ silver = 0.10, gold = 0.20 }", "depth": 1})

        assert unpaid(found) == {("bob", 1): (20, "not_qualified")}

    def test_a_rate_may_read_the_level_and_the_person_reached(self) -> None:
        """`rate = EXPR`, where bare names are the person reached."""
        found = answer({"rates": None, "rate": "0.10 * level if plain else 0.01"}, people({"id": "cid", "plain": True}))

        assert paid(found) == {"bob": 1, "cid": 20, "top": 1}

    def test_an_unpaid_rate_of_an_expression_is_the_persons_own(self) -> None:
        """The person's own rate, or else the face rate, is breakage."""
        found = answer({"rates": None, "rate": "0.10", "face_rate": "0.5", "pays": "on", "depth": 1}, off("bob"))

        assert unpaid(found) == {("bob", 1): (10, "inactive")}

    def test_above_the_root_the_face_rate_is_owed_up_to_a_literal_depth(self) -> None:
        """With `rate = EXPR`, `face_rate`."""
        found = answer({"rates": None, "rate": "0.10", "face_rate": "0.04", "no_upline": "account:house", "depth": 5})

        assert accounts(found) == {(None, 4): 4, (None, 5): 4}

    def test_where_ones_own_rate_is_none_the_face_rate_is_unpaid(self) -> None:
        """The person's own rate, or else the face rate, is breakage: bob has none, and the level is worth 7 %."""
        found = answer(
            {"rates": None, "rate": "0.01 * cut if cut != none else none", "face_rate": "0.07"},
            people({"id": "bob", "cut": None}),
        )

        assert paid(found) == {"cid": 9, "top": 9}
        assert unpaid(found) == {("bob", 1): (7, "not_qualified")}

    def test_amounts_are_money_by_level(self) -> None:
        """`amounts = [..]` of money, whatever was sold."""
        assert paid(answer({"base": None, "rates": None, "amounts": "[7, 3.5]"})) == {"bob": 7, "cid": Fraction("3.5")}

    def test_amounts_read_the_person_reached_and_the_level_as_rates_do(self) -> None:
        """In a walk a bare name is the person reached, and `level` the level about to be paid."""
        who = people({"id": "bob", "plain": True}, {"id": "ann", "cut": 3})
        found = answer(
            {"base": None, "rates": None, "amounts": '["5 if plain else 2", "3 * level", "1 * payee.cut"]'}, who
        )

        assert paid(found) == {"bob": 5, "cid": 6, "top": 9}

    def test_points_become_money_at_their_value(self) -> None:
        """A bonus whose base is in points needs a `point_value`."""
        assert paid(answer({"base": "pv", "point_value": 0.5})) == {"bob": 2, "cid": 1, "top": Fraction("0.4")}


class TestDepth:
    """How far up levels are paid."""

    def test_a_literal_ends_the_walk(self) -> None:
        """A literal is the last level: past it there is no line and nothing unpaid."""
        found = answer({"depth": 1})

        assert (paid(found), unpaid(found)) == ({"bob": 10}, {})

    def test_a_parameter_ends_the_walk_as_a_literal_does(self) -> None:
        """A literal or parameter."""
        found = answer({"depth": "two"})

        assert (paid(found), unpaid(found)) == ({"bob": 10, "cid": 5}, {})

    def test_a_number_on_the_person_pays_only_up_to_that_level(self) -> None:
        """Reason `depth`; it doesn't end the walk."""
        found = answer({"depth": "cut"}, people({"id": "cid", "cut": 1}))

        assert (paid(found), unpaid(found)) == ({"bob": 10, "top": 2}, {("cid", 2): (5, "depth")})

    def test_up_to_level_0_the_start_itself_is_paid(self) -> None:
        """Up to that level, that level included."""
        found = answer({"depth": "cut", "first_level": 0, "rates": "[0.10]"}, people({"id": "ann", "cut": 0}))

        assert (paid(found), unpaid(found)) == ({"ann": 10}, {})

    def test_below_level_0_nobody_is_paid(self) -> None:
        """Not even the start."""
        found = answer({"depth": "cut - 1", "first_level": 0, "rates": "[0.10]"}, people({"id": "ann", "cut": 0}))

        assert (paid(found), unpaid(found)) == ({}, {("ann", 0): (10, "depth")})

    def test_a_condition_pays_only_where_it_holds(self) -> None:
        """A boolean only where it holds (reason `depth`)."""
        found = answer({"depth": "not plain"}, people({"id": "bob", "plain": True}))

        assert (paid(found), unpaid(found)) == ({"cid": 5, "top": 2}, {("bob", 1): (10, "depth")})


class TestStops:
    """Where the walk ends."""

    def test_before_that_person_is_considered(self) -> None:
        """Levels beyond are not offered, and nothing is owed above the root."""
        found = answer({"stop_at": "plain", "stop": "before"}, people({"id": "cid", "plain": True}))

        assert (paid(found), unpaid(found)) == ({"bob": 10}, {})

    def test_after_that_person(self) -> None:
        """The person is still considered."""
        found = answer({"stop_at": "plain", "stop": "after"}, people({"id": "cid", "plain": True}))

        assert (paid(found), unpaid(found)) == ({"bob": 10, "cid": 5}, {})

    def test_it_is_tested_on_whoever_does_not_count(self) -> None:
        """Tested on everybody above the source, counted or not."""
        found = answer(
            {"stop_at": "plain", "stop": "after", "counts": "not plain"}, people({"id": "cid", "plain": True})
        )

        assert (paid(found), unpaid(found)) == ({"bob": 10}, {})

    def test_it_is_never_tested_on_the_source(self) -> None:
        """Never on the source."""
        found = answer({"stop_at": "plain", "stop": "before"}, people({"id": "ann", "plain": True}))

        assert paid(found) == {"bob": 10, "cid": 5, "top": 2}


class TestUnpaid:
    """Where the level of somebody who isn't paid goes."""

    def test_lost_uses_the_level_up(self) -> None:
        """`lost`: inactive, if the plan's active measure is false for that person."""
        found = answer({"pays": "on"}, off("bob"))

        assert (paid(found), unpaid(found)) == ({"cid": 5, "top": 2}, {("bob", 1): (10, "inactive")})

    def test_somebody_active_who_is_not_paid_is_not_qualified(self) -> None:
        """Else `not_qualified`."""
        found = answer({"pays": "not plain"}, people({"id": "bob", "plain": True}))

        assert unpaid(found) == {("bob", 1): (10, "not_qualified")}

    def test_next_offers_the_same_level_further_up(self) -> None:
        """`next`: bob missed it; level 3 has nobody left."""
        found = answer({"pays": "on", "unpaid": "next"}, off("bob"))

        assert paid(found) == {"cid": 10, "top": 5}
        assert [(line[1], line[8], line[9]) for line in found["missed"]] == [("bob", 10, "inactive")]
        assert unpaid(found) == {(None, 3): (2, "no_upline")}

    def test_next_uses_up_levels_below_the_first_whether_or_not_pays_holds(self) -> None:
        """Levels below `first_level` are used up by each person who counts."""
        found = answer({"pays": "on", "unpaid": "next", "first_level": 2}, off("bob"))

        assert paid(found) == {"cid": 10, "top": 5}

    def test_to_an_account_at_the_persons_own_rate(self) -> None:
        """`account:NAME`: it says whose level it was."""
        found = answer({"pays": "on", "unpaid": "account:house"}, off("bob"))

        assert (accounts(found), unpaid(found)) == ({("bob", 1): 10}, {})

    def test_pays_speaks_before_depth_and_depth_before_a_missing_rate(self) -> None:
        """Where `pays` fails; where it holds, `depth` if it refuses, else `not_qualified` for a missing rate."""
        who = people({"id": "bob", "off": True, "cut": 0}, {"id": "cid", "cut": 0})
        found = answer({"pays": "on", "depth": "cut", "rates": "{ gold = [0.10, 0.05, 0.02] }"}, who)

        assert {payee: reason for (payee, _), (_, reason) in unpaid(found).items()} == {
            "bob": "inactive",
            "cid": "depth",
            "top": "not_qualified",
        }


class TestRatesOfRanks:
    def test_each_has_the_rate_of_the_own_rank_where_some_are_formulas(self) -> None:
        """The first of all people too."""
        who = people({"id": "top", "title": "gold"}, {"id": "cid", "title": "silver"}, {"id": "bob", "title": "silver"})
        rates = '{ silver = [0.10, 0.05, 0.06], gold = [0.04, 0.03, 0.02, "0.01 * cut"] }'

        assert paid(answer({"rates": rates, "depth": 3}, who)) == {"bob": 10, "cid": 5, "top": 2}


class TestAboveTheRoot:
    """`no_upline`."""

    def test_the_levels_after_the_highest_one_reached_are_owed(self) -> None:
        """Until the first without a face rate."""
        found = answer({}, [FOUR[0]], order("sale", "top", cv=100, pv=0))

        assert unpaid(found) == {
            (None, 1): (10, "no_upline"),
            (None, 2): (5, "no_upline"),
            (None, 3): (2, "no_upline"),
        }

    def test_they_may_go_to_an_account(self) -> None:
        """`account:NAME`: the face rates of levels above the root."""
        found = answer({"no_upline": "account:house", "rates": "[0.10, 0.05, 0.02, 0.01]"})

        assert (accounts(found), unpaid(found)) == ({(None, 4): 1}, {})

    @pytest.mark.parametrize("pays", ["true", "level > 0"])
    def test_by_rank_the_face_rate_is_owed(self, pays: str) -> None:
        """The highest that any rank has there; also where everybody has a rank, and where pairs are asked."""
        rates = "{ silver = [0.10], gold = [0.04, 0.03] }"
        who = people({"id": "top", "title": "gold"})[:1]

        found = answer({"rates": rates, "pays": pays}, who, order("s", "top", cv=100, pv=0))

        assert unpaid(found) == {(None, 1): (10, "no_upline"), (None, 2): (3, "no_upline")}

    @pytest.mark.parametrize("pays", ["true", "level > 0"])
    def test_nothing_is_owed_behind_a_level_without_a_rate(self, pays: str) -> None:
        """Above the root; that somebody below has used it up is no end. A condition of pairs changes nothing."""
        who = [
            person("top", None, off=False, plain=True),
            person("bob", "top", off=False, plain=False),
            person("dan", "top", off=False, plain=True),
        ]
        counts = {"counts": "not plain", "source_counts": True, "pays": pays}

        found = answer(
            {**counts, "rates": '["none", 0.10, 0.05, "none", 0.02]'},
            who,
            order("over", "bob", cv=100, pv=0),
            order("not", "dan", cv=100, pv=0),
        )

        assert unpaid(found) == {(None, 2): (10, "no_upline"), (None, 3): (5, "no_upline")}

    @pytest.mark.parametrize("pays", ["true", "level > 0"])
    def test_levels_beyond_the_list_are_owed_as_the_first_of_them(self, pays: str) -> None:
        """Bob and cid have used up what the list says; its last level, without a rate, speaks for none beyond it."""
        changes = {"rates": '[0.10, "none"]', "beyond": "0.01", "depth": 4, "pays": pays}

        found = answer(changes, FOUR[:3], SALE | {"seller": "bob"})

        assert unpaid(found) == {(None, 3): (1, "no_upline"), (None, 4): (1, "no_upline")}
        assert paid(answer(changes)) == {"bob": 10, "top": 1}


class TestPeopleAsSources:
    """`source = "people"`."""

    def test_a_base_may_sum_over_the_sources_own_group(self) -> None:
        """A scope is the source's: ann brings 40, bob her 40, cid too, and top has nobody above."""
        found = answer(
            {"source": "people", "from_": None, "base": "sum(group, own_points)", "point_value": 1, "rates": "[0.10]"}
        )

        assert paid(found) == {"bob": 4, "cid": 4, "top": 4}

    def test_everybody_is_a_source_of_their_own_base(self) -> None:
        """A line per payee, source and level."""
        found = answer({"source": "people", "from_": None, "base": "own_points", "point_value": 1})

        assert paid(found) == {"bob": 4, "cid": 2, "top": Fraction("0.8")}


class TestLinesAndSums:
    """What becomes of exact amounts."""

    def test_detail_payee_makes_one_line_of_each_payee_an_account_too(self) -> None:
        """Per payee: three levels above the root and a refused one are one line of the account."""
        found = answer(
            {"detail": "payee", "pays": "on", "unpaid": "account:house", "no_upline": "account:house"},
            off("bob"),
            SALE,
            order("own", "top", cv=100, pv=0),
        )

        assert [(line[2], line[8]) for line in found["accounts"]] == [("house", 10 + 10 + 5 + 2)]

    def test_a_refund_walks_like_an_order_and_is_charged(self) -> None:
        """`refunds = "current"`, `negative = "charge"`."""
        back = order("back", "ann", refund_of="sale", cv=-150, pv=0)

        assert paid(answer({}, FOUR, SALE, back)) == {"bob": -5, "cid": Fraction("-2.5"), "top": -1}

    def test_the_last_refund_takes_back_what_is_left(self) -> None:
        """`refunds = "original"`: minus its share of the rounded amount; a third of 1.00 is 0.33, the last is 0.34."""
        sale = order("sale", "ann", cv=Fraction("10.05"), pv=0)
        back = [order(f"back{number}", "ann", refund_of="sale", cv=Fraction("-3.35"), pv=0) for number in (1, 2, 3)]
        found = answer({"rates": "[0.10]"}, FOUR, *back, sale, refunds="original")

        assert {line[4]: line[8] for line in found["lines"]} == {
            "sale": Fraction("1.00"),
            "back1": Fraction("-0.33"),
            "back2": Fraction("-0.33"),
            "back3": Fraction("-0.34"),
        }

    def test_a_negative_sum_becomes_nothing(self) -> None:
        """`negative = "zero"`: the lines become unpaid, with the reason `negative`, signed."""
        back = order("back", "ann", refund_of="sale", cv=-150, pv=0)
        found = answer({"negative": "zero", "rates": "[0.10]"}, FOUR, SALE, back)

        assert paid(found) == {}
        assert sorted((line[4], line[8], line[9]) for line in found["unpaid"]) == [
            ("back", -15, "negative"),
            ("sale", 10, "negative"),
        ]

    def test_a_sum_of_exactly_nothing_is_below_the_minimum(self) -> None:
        """Whatever is given back: both lines become unpaid."""
        back = order("back", "ann", refund_of="sale", cv=-100, pv=0)
        found = answer({"minimum": 1, "minimum_unpaid": "lost", "rates": "[0.10]"}, FOUR, SALE, back)

        assert sorted((line[8], line[9]) for line in found["unpaid"]) == [
            (-10, "below_minimum"),
            (10, "below_minimum"),
        ]

    def test_a_sum_of_exactly_nothing_is_not_negative(self) -> None:
        """`negative = "zero"` takes out what falls below zero only."""
        back = order("back", "ann", refund_of="sale", cv=-100, pv=0)
        found = answer({"negative": "zero", "rates": "[0.10]"}, FOUR, SALE, back)

        assert sorted(line[8] for line in found["lines"]) == [-10, 10]

    def test_a_sum_below_the_minimum_is_not_paid_however_money_is_rounded(self) -> None:
        """Half even would round 5.005 to 5.00, but 5.00 is below 5.005."""
        found = answer({"minimum": 5.005, "minimum_unpaid": "lost"})

        assert (paid(found), unpaid(found)[("cid", 2)]) == ({"bob": 10}, (5, "below_minimum"))
