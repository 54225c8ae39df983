"""Functions that a plan brings along: what they are asked, what they may answer, and what is said of wrong ones."""

from decimal import Decimal

import pytest

from compensation.language import own_functions
from compensation.twin.engine_runs import engine_inputs
from compensation.twin.small_worlds import person, world
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.loader import dumps_plan, loads_plan
from mlmcore.domain.errors import InputError

PLAN = """
[plan]
id = "small"
version = "1"
effective_from = 2026-01-01
period = "month"
currency = "USD"
rounding = { mode = "half_up", places = 2, at = "line" }
tree = "sponsor"
tree_as_of = "period_end"
timezone = "UTC"
refunds = "current"
[inputs]
attributes = { score = "number", other = "number" }
[tables.steps]
by = "threshold"
rows = [[1, 0.5], [10, 0.3]]
below = 0
[functions]
third = "compensation.language.own_functions:third"
spread = "compensation.language.own_functions:spread"
highest = "compensation.language.own_functions:highest"
inexact = "compensation.language.own_functions:inexact"
failing = "compensation.language.own_functions:failing"
[measures]
found = "FORMULA"
"""


def values(formula: str, *scores: str | int) -> list[str]:
    """A measure of people with these scores, as texts."""
    plan = loads_plan(PLAN.replace("FORMULA", formula), "own.toml")
    people = [person(f"p{row}", score=Decimal(score), other=2) for row, score in enumerate(scores)]
    result = calculate(plan, engine_inputs(plan, world(people, [])))
    return [result.measures["found"].text(row) for row in range(len(people))]


def refused(formula: str) -> str:
    """What is said of a plan, or of its run."""
    with pytest.raises(InputError) as caught:
        values(formula, 1)
    return str(caught.value)


class TestOwnFunctions:
    def test_are_exact_and_are_rounded_by_the_plan(self) -> None:
        """A third of 0.05 is below two cents; with a comparison nothing is rounded at all."""
        assert values("round(third(score), 2)", 1, "0.05", 2) == ["0.33", "0.02", "0.67"]
        assert values("third(score) * 3 == score", 1, "0.05") == ["true", "true"]

    def test_are_asked_once_for_each_set_of_arguments(self) -> None:
        """They are pure: the same question has the same answer."""
        own_functions.ASKED.clear()

        values("floor(third(score))", 5, 7, 5, 5)

        assert [(Decimal("5.00"),), (Decimal("7.00"),)] == own_functions.ASKED

    def test_take_lists_and_whole_tables(self) -> None:
        """A list of numbers, the rows of a table, and arguments that may be left out."""
        assert values("round(spread([score, other, 1], steps), 2)", 5, 1) == ["15.00", "12.00"]
        assert values("round(spread([score, other], steps, 2.5), 1)", 5, 1) == ["14.0", "13.5"]

    def test_take_as_many_numbers_as_they_can(self) -> None:
        """Any number after the first."""
        assert values("round(highest(score, other, 5, 1), 2)", 7) == ["7.00"]

    def test_are_part_of_the_plan_as_it_is_written_out(self) -> None:
        """By name, so they are in its digest."""
        plan = loads_plan(PLAN.replace("FORMULA", "floor(third(score))"))

        assert loads_plan(dumps_plan(plan)) == plan
        assert plan.document["functions"]["third"] == "compensation.language.own_functions:third"


class TestWrongOnes:
    def test_that_answer_a_float_stop_the_run(self) -> None:
        """Nothing inexact comes near money."""
        assert refused("round(inexact(score), 2)") == (
            "person 'p0': inexact(1.00) answers 0.1, which is no exact number "
            "(own.toml:26 measures.found, 'round(inexact(score), 2)'); "
            "let it answer a Decimal, an int or a Fraction; never a float"
        )

    def test_that_fail_stop_the_run(self) -> None:
        """With what they were asked."""
        assert refused("round(failing(score + 1), 2)") == (
            "person 'p0': failing(2.00) fails: ValueError: no such month "
            "(own.toml:26 measures.found, 'round(failing(score + 1), 2)')"
        )

    @pytest.mark.parametrize(
        ("formula", "said"),
        [
            (
                "third(score)",
                "'third(score)' is an unrounded division; put it inside round(..., places) or floor(...)",
            ),
            ("floor(third())", "third(...) takes 1 argument, not 0 (character 7 of 'floor(third())')"),
            (
                "floor(spread(steps))",
                "spread(...) takes 2 to 3 arguments, not 1 (character 7 of 'floor(spread(steps))')",
            ),
            (
                "floor(third(x=1))",
                "third(...) takes no keywords (character 15 of 'floor(third(x=1))'); give it by position",
            ),
            (
                "floor(third(score / 3))",
                (
                    "an argument of third(...) is an unrounded division (character 13 of 'floor(third(score / 3))'); "
                    "put it inside round(..., places) or floor(...)"
                ),
            ),
            (
                "floor(thrid(score))",
                "unknown function 'thrid' (character 7 of 'floor(thrid(score))'); did you mean 'third'?",
            ),
            (
                "max([score], 1)",
                "a list outside `in` is not part of the plan language (character 5 of 'max([score], 1)')",
            ),
        ],
    )
    def test_calls_that_cannot_be_are_said_whole(self, formula: str, said: str) -> None:
        """When the plan is loaded."""
        assert refused(formula) == f"own.toml:26: measures.found: {said}"

    @pytest.mark.parametrize(
        ("call", "said"),
        [
            ("third", "'third' names no code; write \"package:name\""),
            (
                "no_such_package:third",
                (
                    "no_such_package cannot be imported: ModuleNotFoundError: No module named 'no_such_package'; "
                    "install it where the plan is run, or mend the name"
                ),
            ),
            (
                "compensation.language.own_functions:thrid",
                "compensation.language.own_functions has no 'thrid'; did you mean 'third'?",
            ),
            (
                "compensation.language.own_functions:RATE",
                (
                    "'compensation.language.own_functions:RATE' is Decimal, and cannot be called; "
                    "name a function or a class"
                ),
            ),
        ],
    )
    def test_that_are_not_there_are_found_when_the_plan_is_loaded(self, call: str, said: str) -> None:
        """Not in the middle of a month."""
        text = PLAN.replace("compensation.language.own_functions:third", call).replace("FORMULA", "floor(third(score))")

        with pytest.raises(InputError) as caught:
            loads_plan(text, "own.toml")

        assert str(caught.value) == f"own.toml:20: functions.third: {said}"

    def test_may_not_be_called_like_something_else(self) -> None:
        """One namespace."""
        with pytest.raises(InputError, match=r"functions\.lookup: 'lookup' is reserved"):
            loads_plan(PLAN.replace("third =", "lookup =").replace("FORMULA", "score"), "own.toml")
