"""Measures, ranks and bonuses that read themselves, as plans use it."""

from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from attrs import evolve

from compensation.engine.small_plans import HEADER, ledger, plan
from compensation.twin.engine_runs import engine_answer, engine_inputs, run_engine
from compensation.twin.small_worlds import chain, order, person, world
from mlmcore.compensation.columns import Column
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.explain import why
from mlmcore.compensation.inputs import Given
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.recursion import few
from mlmcore.compensation.result import Result
from mlmcore.domain.errors import InputError
from reference.engine import Inputs

RANKED = """
[rank]
from = "requires"
climb = "highest"
[[ranks]]
id = "silver"
requires = "personal >= 10"
[[ranks]]
id = "gold"
requires = "{gold}"
"""
BONUS = """
[[bonuses]]
id = "own"
type = "leadership"
kind = "amount"
amount = "sum(orders, cv) - sum(front, own.earned)"
negative = "charge"
"""
TREE = {"ann": None, "bob": "ann", "cid": "ann", "dan": "ann", "eve": "bob", "fay": "cid", "gus": "fay"}


def month(off: tuple[str, ...] = (), **points: int) -> Inputs:
    """Seven people, of whom some have sold something, and some are off."""
    people = [person(name, upline, off=name in off) for name, upline in TREE.items()]
    return world(people, [order(name, name, pv=sold, cv=sold) for name, sold in points.items()], company={"profit": 0})


LEGS = HEADER.format(refunds="current", at="line").replace('["sponsor"]', '["sponsor", "placement"]')
BOTH = """
[rank]
from = "requires"
climb = "highest"
[[ranks]]
id = "silver"
requires = "personal >= 10"
[[ranks]]
id = "gold"
requires = "any(downline, rank >= silver, leg=1) and any(downline, rank >= silver, leg=2)"
[[ranks]]
id = "ruby"
requires = "count(group, rank >= gold, leg=2, until=off) >= {rubies}"
"""


def placed(off: tuple[str, ...] = (), **points: int) -> Inputs:
    """Dan, whom ann sponsored, is placed below gus at the very end of her right leg; eve and fay stand in her left."""
    above = {"ann": (None, 0), "bob": ("ann", 1), "eve": ("bob", 1), "fay": ("bob", 2), "cid": ("ann", 2)}
    above |= {"gus": ("cid", 1), "dan": ("gus", 1)}
    given = month(off, **points)
    people = [
        {
            **one,
            "uplines": {**one["uplines"], "placement": above[one["id"]][0]},
            "legs": {"placement": above[one["id"]][1]},
        }
        for one in given.people
    ]
    return replace(given, people=people)


def column(name: str, result: Result) -> dict[str, Any]:
    """A column by person; numbers as int where they are whole."""
    return dict(engine_answer(result)["columns"][name])


def ranks(result: Result) -> dict[str, Any]:
    """Everybody who has a rank."""
    return {name: rank for name, rank in engine_answer(result)["ranks"].items() if rank is not None}


class TestDownOneTree:
    def test_three_legs_with_a_silver_make_a_gold(self) -> None:
        """Wherever in the leg the Silver stands; ranks of those below come first."""
        by = plan(RANKED.format(gold="count(front, any(group, rank >= silver)) >= 3"))

        found = ranks(run_engine(by, month(eve=10, gus=10, dan=10)))

        assert found == {"ann": "gold", "eve": "silver", "gus": "silver", "dan": "silver"}

    def test_a_gold_that_needs_golds_is_decided_below_first(self) -> None:
        """A rank may ask for its own rank further down."""
        by = plan(RANKED.format(gold="personal >= 50 or count(downline, rank >= gold) >= 2"))

        found = ranks(run_engine(by, month(gus=50, fay=50)))

        assert found == {"gus": "gold", "fay": "gold", "cid": "gold", "ann": "gold"}

    def test_one_where_two_are_asked_for_is_not_enough(self) -> None:
        """Fay alone makes nobody above her a Gold."""
        by = plan(RANKED.format(gold="personal >= 50 or count(downline, rank >= gold) >= 2"))

        assert ranks(run_engine(by, month(fay=50))) == {"fay": "gold"}

    def test_of_more_legs_than_are_asked_for_the_largest_count(self) -> None:
        """Of 5, 4 and 3 the two largest, and of one leg that one."""
        by = plan('best = "personal + top(2, front, best)"\n')

        found = column("best", run_engine(by, month(ann=10, bob=3, cid=1, dan=5, fay=1, gus=2)))

        assert found == {"ann": 19, "bob": 3, "cid": 4, "dan": 5, "eve": 0, "fay": 3, "gus": 2}

    def test_a_personal_group_ends_where_somebody_has_reached_the_rank(self) -> None:
        """Whose rank is decided by the personal group in turn: the breakaway."""
        measures = 'personal_group = "sum(group, personal, until=rank >= gold)"\n'
        by = plan(measures + RANKED.format(gold="personal_group >= 100"))

        result = run_engine(by, month(gus=60, fay=40, cid=50, ann=30))

        assert ranks(result) == {"fay": "gold", "cid": "silver", "ann": "silver", "gus": "silver"}
        assert column("personal_group", result) == {
            "ann": 80,
            "bob": 0,
            "cid": 50,
            "dan": 0,
            "eve": 0,
            "fay": 100,
            "gus": 60,
        }

    def test_volume_of_the_unqualified_rolls_up(self) -> None:
        """Until it meets somebody active, who keeps it."""
        by = plan('rolled = "personal + sum(front, 0 if active else rolled)"\n')

        result = run_engine(by, month(off=("fay", "gus", "bob"), gus=7, fay=5, eve=3, bob=1))

        assert column("rolled", result) == {"ann": 1, "bob": 1, "cid": 12, "dan": 0, "eve": 3, "fay": 12, "gus": 7}

    def test_a_silver_in_each_placement_leg_makes_a_gold(self) -> None:
        """Anywhere in the leg; whoever stands in no leg of somebody counts for none of them."""
        gold = "any(group, rank >= silver, leg=1) and any(downline, rank >= silver, leg=2)"
        by = _in_tree("placement", RANKED.format(gold=gold))
        people = [
            {**person(name, None, trees={"placement": upline}), "legs": {"placement": leg}}
            for name, upline, leg in (("a", None, 0), ("b", "a", 1), ("c", "a", 2), ("d", "b", 1), ("e", "c", 2))
        ]
        sold = [order(name, name, pv=10, cv=0) for name in "ce"]

        without = ranks(run_engine(by, world(people, sold, company={"profit": 0})))
        found = ranks(run_engine(by, world(people, [*sold, order("d", "d", pv=10, cv=0)], company={"profit": 0})))

        assert without == {"c": "silver", "e": "silver"}
        assert found == {"a": "gold", "c": "silver", "d": "silver", "e": "silver"}

    def test_what_those_below_are_paid_may_be_read(self) -> None:
        """Rounded, as their line is."""
        by = plan(BONUS.replace("sum(orders, cv)", "0.333 * sum(orders, cv)").replace("own.earned", "own.paid"))

        assert ledger(run_engine(by, month(bob=10, eve=5))) == [
            *("own -1 ann - -1.66", "own -1 bob - 1.66", "own -1 eve - 1.67"),
        ]

    def test_gross_minus_what_was_earned_below_is_paid(self) -> None:
        """A bonus may read its own `earned` strictly below; the lines follow from it."""
        assert ledger(run_engine(plan(BONUS), month(ann=100, bob=30, eve=10))) == [
            *("own -1 ann - 80.00", "own -1 bob - 20.00", "own -1 eve - 10.00"),
        ]

    def test_a_bonus_that_does_not_run_earns_nothing(self) -> None:
        """Its `when` is asked once, for everybody."""
        by = plan(BONUS.replace('kind = "amount"', 'kind = "amount"\nwhen = "company.profit > 0"'))

        result = run_engine(by, month(ann=100, bob=30))

        assert set(column("own.earned", result).values()) == {0}

    def test_a_given_measure_counts_for_those_above(self) -> None:
        """What is given replaces the formula inside the recursion, too."""
        by = plan('height = "1 + max(front, height)"\n')
        inputs = engine_inputs(by, month())
        row = list(TREE).index("fay")

        given = Given(rows=[row], values=Column.numbers([Decimal(10)]))
        result = calculate(by, evolve(inputs, given={"height": given}))

        assert column("height", result) == {"ann": 12, "bob": 2, "cid": 11, "dan": 1, "eve": 1, "fay": 10, "gus": 1}

    def test_a_given_rank_counts_for_those_above(self) -> None:
        """Likewise."""
        by = plan(RANKED.format(gold="any(front, rank >= gold)"))
        inputs = engine_inputs(by, month())

        given = Given(rows=[list(TREE).index("fay")], values=Column.texts(["gold"]))
        result = calculate(by, evolve(inputs, given={"rank": given}))

        assert ranks(result) == {"fay": "gold", "cid": "gold", "ann": "gold"}

    def test_conditions_may_read_themselves(self) -> None:
        """A text or a condition is as good as a number."""
        by = plan('whole = "active and all(front, whole)"\n')

        found = column("whole", run_engine(by, month(off=("eve",))))

        assert [name for name, holds in found.items() if not holds] == ["ann", "bob", "eve"]

    def test_why_says_what_a_value_was_made_of(self) -> None:
        """As of any other measure."""
        by = plan('height = "1 + max(front, height)"\n' + BONUS.replace("sum(orders, cv)", "height * 10"))

        explained = why(run_engine(by, month()), "cid")

        assert explained.columns["height"] == "3"
        assert [str(amount.amount) for amount in explained.amounts] == ["20.00"]

    def test_a_number_that_leaves_int64_stops_the_run(self) -> None:
        """Nothing wraps around in silence."""
        by = plan('huge = "100000000000000 + 1000 * sum(front, huge)"\n')

        with pytest.raises(InputError, match=r"person 'cid'.*too large to be exact"):
            run_engine(by, month())

    def test_rows_in_any_order_give_the_same_bytes(self) -> None:
        """Whoever is read first is said by the tree alone."""
        measures = 'personal_group = "sum(group, personal, until=rank >= gold)"\n'
        by = plan(measures + RANKED.format(gold="personal_group >= 20") + BONUS)
        inputs = month(ann=10, bob=20, eve=30, gus=11, fay=12)
        before = run_engine(by, inputs).digest

        Random(7).shuffle(inputs.people)

        assert run_engine(by, inputs).digest == before

    def test_depth_is_no_limit(self) -> None:
        """A chain is gone through without recursion of the interpreter."""
        names = [f"p{number:04}" for number in range(1500)]

        result = run_engine(plan('height = "1 + max(front, height)"\n'), _chain(names))

        assert column("height", result)["p0000"] == 1500

    @pytest.mark.parametrize("width", [0, few.FEW])
    def test_levels_are_counted_from_each_person(self, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
        """Whoever is asked one by one, or as rows: the first level is left out, and the fourth is beyond."""
        monkeypatch.setattr(few, "FEW", width)

        result = run_engine(plan('tall = "1 + sum(levels(2, 3), tall)"\n'), _chain([*"abcdef"]))

        assert column("tall", result) == {"a": 6, "b": 4, "c": 3, "d": 2, "e": 1, "f": 1}


class TestUpOneTree:
    @pytest.mark.parametrize("width", [0, few.FEW])
    def test_the_nearest_above_may_stand_far_above(self, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
        """Whoever is asked one by one, or as rows: those for whom it does not hold are passed over, however many."""
        monkeypatch.setattr(few, "FEW", width)

        result = run_engine(plan('deep = "1 + nearest(deep < 3, deep, default=0)"\n'), _chain([*"abcde"]))

        assert column("deep", result) == {"a": 1, "b": 2, "c": 3, "d": 3, "e": 3}

    def test_a_rate_is_bounded_by_everybody_above(self) -> None:
        """Those above come first."""
        by = plan('path = "min(personal, sponsor(path, default=100))"\n')

        result = run_engine(by, month(ann=50, cid=70, fay=40, gus=90, bob=30, eve=31))

        assert column("path", result) == {"ann": 50, "bob": 30, "cid": 50, "dan": 0, "eve": 30, "fay": 40, "gus": 40}

    def test_a_condition_of_the_nearest_may_read_itself(self) -> None:
        """Whoever it finds stands above, and is known."""
        by = plan('numbered = "nearest(active and numbered < 3, numbered, default=0) + 1"\n')

        result = run_engine(by, month(off=("cid",)))

        assert column("numbered", result) == {"ann": 1, "bob": 2, "cid": 2, "dan": 2, "eve": 3, "fay": 2, "gus": 3}

    def test_people_and_texts_are_handed_down(self) -> None:
        """A leader is whose id stands there until the next one begins."""
        measures = 'leader = "id if personal > 0 else sponsor(leader, default=none)"\n'
        by = plan(
            measures + "team = \"status if leader == none else title if off else sponsor(team, default='top')\"\n"
        )

        result = run_engine(by, month(ann=1, fay=2))

        names = list(TREE)
        leaders = result.measures["leader"].values.tolist()
        ids = result.network.ids
        assert {ids.label(row): ids.label(leader) for row, leader in enumerate(leaders)} == {
            name: "fay" if name in {"fay", "gus"} else "ann" for name in names
        }
        assert set(column("team", result).values()) == {"top"}

    def test_what_a_bonus_earned_above_may_be_read(self) -> None:
        """Upward as well as downward."""
        by = plan(BONUS.replace("sum(front, own.earned)", "sponsor(own.earned, default=0)"))

        assert ledger(run_engine(by, month(ann=100, bob=130, eve=50))) == [
            *("own -1 ann - 100.00", "own -1 bob - 30.00", "own -1 cid - -100.00", "own -1 dan - -100.00"),
            *("own -1 eve - 20.00", "own -1 fay - 100.00", "own -1 gus - -100.00"),
        ]


def _chain(names: list[str]) -> Inputs:
    return world(chain(*names, off=False), [], company={"profit": 0})


class TestSeveralTrees:
    """A cycle of ranks through two trees is the least fixpoint."""

    def _plan(self, gold: str) -> Plan:
        return _in_tree("other", RANKED.format(gold=gold), "sponsor")

    def test_nobody_has_a_rank_only_because_of_themselves(self) -> None:
        """Two who stand above one another, each in one tree, give each other nothing."""
        by = self._plan("count(front, rank >= gold) + count(front, rank >= gold, tree=other) >= 1")
        people = [person("a", None, trees={"other": "b"}), person("b", "a", trees={"other": None})]

        assert ranks(run_engine(by, world(people, [], company={"profit": 0}))) == {}

    def test_a_rank_passes_from_one_tree_into_the_other(self) -> None:
        """As far as it goes."""
        by = self._plan("personal >= 50 or any(front, rank >= gold) or any(front, rank >= gold, tree=other)")
        people = [
            person("a", None, trees={"other": "c"}),
            person("b", "a", trees={"other": None}),
            person("c", None, trees={"other": "d"}),
            person("d", None, trees={"other": None}),
        ]

        result = run_engine(by, world(people, [order("1", "b", pv=50, cv=0)], company={"profit": 0}))

        assert ranks(result) == dict.fromkeys("abcd", "gold")


def _in_tree(name: str, body: str, default: str = "") -> Plan:
    """A plan with a second tree, which is its default one unless another is."""
    header = HEADER.format(refunds="current", at="line").replace('["sponsor"]', f'["sponsor", "{name}"]')
    return loads_plan(header.replace('tree = "sponsor"', f'tree = "{default or name}"', 1) + body)


class TestLegsOfAnotherTree:
    """Whom somebody sponsored, however far down, by the leg of the placement in which they stand."""

    def test_a_leader_further_down_counts_in_the_leg_where_they_stand(self) -> None:
        """Eve, three steps down on the left, and dan, whom ann sponsored herself, on the far right: ann is gold."""
        found = run_engine(loads_plan(LEGS + BOTH.format(rubies=9)), placed(eve=10, dan=10))

        assert ranks(found) == {"ann": "gold", "dan": "silver", "eve": "silver"}

    def test_whoever_stands_in_the_other_leg_does_not(self) -> None:
        """Fay is cid's by sponsorship, and stands in ann's left leg as eve does; below cid she stands nowhere."""
        found = run_engine(loads_plan(LEGS + BOTH.format(rubies=9)), placed(eve=10, fay=10))

        assert ranks(found) == {"eve": "silver", "fay": "silver"}

    def test_a_rank_reads_itself_in_one_leg_and_the_group_ends_where_it_says(self) -> None:
        """Cid is gold by gus, in his left leg; he stands in ann's right one, so she is ruby, unless he is off."""
        legs = BOTH.format(rubies=1).replace("any(downline, rank >= silver, leg=2)", "personal >= 0")
        found, without_cid = (
            run_engine(loads_plan(LEGS + legs), placed(off, gus=10, eve=10)) for off in ((), ("cid",))
        )

        others = {"bob": "gold", "cid": "gold", "eve": "silver", "gus": "silver"}
        assert ranks(found) == {"ann": "ruby", **others}
        assert ranks(without_cid) == {"ann": "gold", **others}

    IN_FRONT = (
        "ask it of the direct children (front), or count, sum, any or all of the downline; "
        "or walk tree=placement, whose legs they are"
    )

    @pytest.mark.parametrize(
        ("formula", "what", "todo"),
        [
            ("max(downline, team, leg=1)", "max(...) with leg= over downline along the tree sponsor", IN_FRONT),
            ("sum(levels(1, 2), team, leg=1)", "sum(...) with leg= over levels along the tree sponsor", IN_FRONT),
            (
                "sum(group, team, leg=2, until=team > 5)",
                "until= beside leg= over group along the tree sponsor",
                "ask it in `where`, or end the descent where something holds that does not read itself",
            ),
        ],
    )
    def test_what_cannot_be_gathered_says_what_can(self, formula: str, what: str, todo: str) -> None:
        """What to write instead, of what is written."""
        with pytest.raises(InputError) as caught:
            loads_plan(LEGS.replace("[inputs]", "slow = true\n[inputs]") + f'team = "personal + {formula}"\n')

        (finding,) = caught.value.findings
        assert (finding.code, finding.what.partition(" (character")[0], finding.todo) == (
            "plan.cycle",
            f"{what} can't read what reads itself",
            todo,
        )
