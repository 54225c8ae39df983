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

    BRACKETS = '\n[tables.brackets]\nby = "threshold"\nmode = "marginal"\nrows = [[0, 0.1], [100, 0.2]]\nbelow = 0.1\n'

    def test_is_not_asked_for_where_no_value_comes_before_the_first_bracket(self) -> None:
        """Brackets of what is never negative come to no less than 0."""
        plan = loads_plan(_award("round(lookup(brackets, count(front)), 2)") + self.BRACKETS)

        assert plan.bonus("award").negative is None

    def test_is_required_where_brackets_are_of_what_may_be_negative(self) -> None:
        """Although no rate of the table is: below the first bracket a negative value stays one."""
        with pytest.raises(InputError, match=r"bonuses\.award\.negative: is missing; the amount may fall below zero"):
            loads_plan(_award("round(lookup(brackets, walk.paid), 2)") + self.BRACKETS)


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
            ("sum(front, group_volume) + group_volume", "personal", "the cycle personal -> group_volume -> personal"),
            ("sum(front, 1) + group_volume", "sum(front, 1) + personal", "the cycle personal -> group_volume"),
        ],
    )
    def test_are_printed_as_a_path(self, personal: str, group: str, what: str) -> None:
        """The steps of a shortest one, the first again at the end."""
        text = changed('"sum(orders, pv)"', f'"{personal}"').replace('"sum(group, personal)"', f'"{group}"')

        with pytest.raises(InputError) as caught:
            loads_plan(text)

        assert caught.value.findings[0].what.startswith(what)

    def test_that_close_strictly_below_are_one_step(self) -> None:
        """Whoever is read comes first, so it has a beginning; the members stand in the order of one person."""
        plan = loads_plan(changed('"sum(group, personal)"', '"personal + max(front, group_volume)"'))

        (step,) = (step for step in plan.steps if step.members)
        assert (step.kind, step.name, step.tree, step.way) == ("recursion", "group_volume", "sponsor", "down")

    @pytest.mark.parametrize(
        "formula",
        [
            "max(downline, group_volume)",
            "sum(level(2), group_volume)",
            "sum(levels(1, 3), group_volume, where=active)",
            "sum(front, sum(group, group_volume))",
            "sum(front, sum(levels(2, 3), group_volume))",
            "sum(group, personal, until=group_volume > 5)",
            "sum(group, max(front, group_volume))",
            "sum(front, max(personal, me.personal) + group_volume)",
            "sum(front, sum(downline, personal, tree=enroller) + group_volume)",
        ],
    )
    def test_that_go_strictly_down_are_recursions(self, formula: str) -> None:
        """Whatever lies between, and whatever else is read that is no part of the cycle."""
        plan = loads_plan(changed('"sum(group, personal)"', f'"{formula}"'))

        assert [step.name for step in plan.steps if step.kind == "recursion"] == ["group_volume"]

    def test_of_ranks_through_two_trees_are_a_fixpoint(self) -> None:
        """The ranks come last, after the measures that they are made of."""
        text = changed(
            "active and group_volume >= this.volume",
            "count(front, rank >= bronze, tree=enroller) + group_volume >= this.volume",
        ).replace('"sum(group, personal)"', '"count(front, rank >= bronze)"')

        (step,) = (step for step in loads_plan(text).steps if step.members)
        assert (step.kind, step.name) == ("fixpoint", "group_volume, rank")

    @staticmethod
    def _two_trees(formula: str) -> str:
        """A plan whose rank needs a formula of ranks in one tree, besides a measure of ranks in the other."""
        text = changed("active and group_volume >= this.volume", f"{formula} + group_volume >= this.volume")
        return text.replace('"sum(group, personal)"', '"count(front, rank >= bronze)"')

    @pytest.mark.parametrize(
        "formula",
        [
            "count(front, rank >= bronze, tree=enroller) / 2",
            "sum(group, 1, until=not rank >= bronze, tree=enroller)",
        ],
    )
    def test_a_fixpoint_may_divide_by_what_is_known_and_end_where_somebody_is_below_a_rank(self, formula: str) -> None:
        """Neither falls where a rank rises."""
        (step,) = (step for step in loads_plan(self._two_trees(formula)).steps if step.members)

        assert (step.kind, step.name) == ("fixpoint", "group_volume, rank")

    @pytest.mark.parametrize(
        "formula",
        [
            "ratio(count(front, rank >= bronze, tree=enroller), 2, zero=9)",
            "sum(group, 1, until=rank >= bronze, tree=enroller)",
        ],
    )
    def test_a_fixpoint_may_not_be_of_what_could_fall(self, formula: str) -> None:
        """What ends at a rank is less where somebody has reached it."""
        with pytest.raises(InputError, match="such a cycle must be monotone: a higher rank may only ever help"):
            loads_plan(self._two_trees(formula))

    def test_are_not_closed_by_reading_others(self) -> None:
        """A measure of a measure of those below is no cycle."""
        plan = loads_plan(changed('"sum(group, personal)"', '"sum(front, max(front, personal))"'))

        assert [step.name for step in plan.steps][:4] == ["fast", "personal", "active", "group_volume"]
