"""Where `negative` need not be chosen, and which references close a cycle."""

import pytest

from compensation.language.plan_texts import changed
from mlmcore.compensation.loader import loads_plan
from mlmcore.domain.errors import InputError


def _award(amount: str) -> str:
    return changed('"50 if rank >= silver else 0"', f"{amount!r}")


class TestNegative:
    @pytest.mark.parametrize(
        "amount",
        [
            "50",
            "count(front, active) * 5",
            "max(walk.paid, 0)",
            "min(50, count(front))",
            "abs(walk.paid)",
            "clamp(walk.paid, 0, 5)",
            "round(ratio(50, count(front), zero=0), 2)",
            "lookup(bonus_rates, rank)",
            "sum(front, 5)",
            "max(front, 5) if active else 0",
        ],
    )
    def test_is_not_asked_for_where_the_amount_cannot_fall_below_zero(self, amount: str) -> None:
        """The loader can show it for these."""
        assert loads_plan(_award(amount)).bonus("award").negative is None

    @pytest.mark.parametrize(
        "amount",
        [
            "-5",
            "5 - count(front)",
            "walk.paid",
            "min(50, walk.paid)",
            "clamp(5, walk.paid, 9)",
            "round(walk.paid, 1)",
            "lookup(bonus_rates, rank) * walk.paid",
            "sum(orders, cv)",
            "max(front, walk.paid)",
            "5 if active else -5",
            "days_between(joined, period.end)",
        ],
    )
    def test_is_required_wherever_it_may(self, amount: str) -> None:
        """Whatever the loader can't show to be zero or more."""
        with pytest.raises(InputError, match=r"bonuses\.award\.negative: is missing; the amount may fall below zero"):
            loads_plan(_award(amount))


class TestCycles:
    @pytest.mark.parametrize(
        ("personal", "group", "what"),
        [
            ("group_volume", "personal", "the cycle personal -> group_volume -> personal has no beginning"),
            (
                "sum(orders, pv) + sum(group, group_volume)",
                "personal",
                "the cycle personal -> group_volume -> personal",
            ),
            ("sum(front, group_volume)", "personal", "recursion down the tree, personal -> group_volume -> personal,"),
            ("sum(front, group_volume) + group_volume", "personal", "the cycle personal -> group_volume -> personal"),
            ("sum(front, 1) + group_volume", "sum(front, 1) + personal", "the cycle personal -> group_volume"),
        ],
    )
    def test_are_printed_as_a_path(self, personal: str, group: str, what: str) -> None:
        """And told apart from recursion down a tree, which the language has and this version has not."""
        text = changed('"sum(orders, pv)"', f'"{personal}"').replace('"sum(group, personal)"', f'"{group}"')

        with pytest.raises(InputError) as caught:
            loads_plan(text)

        assert caught.value.findings[0].what.startswith(what)

    def test_are_not_closed_by_reading_others(self) -> None:
        """A measure of a measure of those below is no cycle."""
        plan = loads_plan(changed('"sum(group, personal)"', '"sum(front, max(front, personal))"'))

        assert [step.name for step in plan.steps][:4] == ["fast", "personal", "active", "group_volume"]
