"""What a right plan becomes: values with typed expressions, an order of evaluation, a digest."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve

from compensation.language.plan_texts import PLAN, changed
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.loader import load_plan, loads_plan
from mlmcore.compensation.plan import (
    AmountBonus,
    Carry,
    InputColumn,
    Inputs,
    KeyTable,
    LevelsBonus,
    Plan,
    Rank,
    RankRule,
    Rounding,
)
from mlmcore.domain.exact import RoundingMode

PUBLISHED = Path(__file__).parents[2] / "data" / "plans"


def in_python() -> Plan:
    """Return the plan of `plan_texts`, written in Python."""
    rates = {"bronze": ["0.05", "0.03"], "silver": ["0.05", "0.05"]}
    return Plan(
        id="starter",
        version="1",
        effective_from=date(2026, 3, 1),
        period="month",
        currency="USD",
        rounding=Rounding(mode=RoundingMode.HALF_EVEN, places=2, at="line"),
        tree="sponsor",
        tree_as_of="period_end",
        timezone="UTC",
        refunds="current",
        active="active",
        accounts=["house"],
        inputs=Inputs(
            trees=["sponsor", "enroller"],
            volumes={
                "pv": InputColumn(kind="number", unit="points", places=2),
                "cv": InputColumn(kind="number", unit="money", places=2),
            },
            attributes={"autoship": InputColumn(kind="boolean"), "title": InputColumn(kind="text")},
        ),
        parameters={"active_pv": Decimal(100)},
        tables={
            "bonus_rates": KeyTable(
                name="bonus_rates",
                by=("rank",),
                rows={("bronze",): Decimal("0.05"), ("silver",): Decimal("0.1")},
                missing=Decimal(0),
            )
        },
        order_columns={"fast": "days_between(seller.joined, date) < 60"},
        measures={
            "personal": "sum(orders, pv)",
            "active": "personal >= active_pv",
            "group_volume": "sum(group, personal)",
        },
        rank_rule=RankRule(source="requires"),
        ranks=[
            Rank(id="bronze", requires="active"),
            Rank(id="silver", requires="active and group_volume >= this.volume", numbers={"volume": 1000}),
        ],
        bonuses=[
            LevelsBonus(
                id="walk",
                type="unilevel",
                source="orders",
                from_="seller",
                base="cv",
                rates_by_rank=rates,
                counts="active",
                pays="active",
                unpaid="lost",
                no_upline="lost",
                negative="charge",
            ),
            AmountBonus(id="award", type="rank_bonus", amount="50 if rank >= silver else 0"),
        ],
        carry={"lifetime": Carry(name="lifetime", value="previous.lifetime + personal", initial=0)},
    )


class TestPublishedPlans:
    @pytest.mark.parametrize("name", ["simple-unilevel", "doterra"])
    def test_load(self, name: str) -> None:
        """Plans that companies publish can be said, and every expression in them has a type."""
        plan = load_plan(PUBLISHED / f"{name}.toml")

        assert plan.id == name
        assert all(measure.type for measure in plan.measures.values())


class TestTwoSpellings:
    def test_load_to_equal_objects(self) -> None:
        """A TOML file and the classes in Python are the same plan, with the same digest."""
        assert loads_plan(PLAN) == in_python()
        assert loads_plan(PLAN).digest == in_python().checked().digest

    def test_are_checked_alike(self) -> None:
        """A plan in Python is refused with the same words, without a line."""
        wrong = evolve(in_python(), measures={"active": "true", "personal": "sum(orders, pw)", "group_volume": "1"})

        with pytest.raises(
            ValueError, match=r"^unknown name 'pw' \(character 13 of 'sum\(orders, pw\)'\); known: active, "
        ):
            wrong.checked()

    def test_refuse_a_float(self) -> None:
        """0.1 as a float is not a tenth."""
        with pytest.raises(
            TypeError, match=r"^an expression is a text, a Decimal, an int, a bool or a date, not 0\.1$"
        ):
            Expression.of(0.1)  # type: ignore[arg-type] # that is the point


class TestDigest:
    def test_ignores_formatting_and_order_of_keys(self) -> None:
        """Only meaning counts."""
        text = "# a comment\n" + changed("[parameters]\nactive_pv = 100\n", "") + "\n[parameters]\nactive_pv  =  100\n"

        assert loads_plan(text).digest == loads_plan(PLAN).digest

    def test_ignores_the_order_of_measures(self) -> None:
        """Measures are evaluated by dependency, so their order means nothing."""
        moved = changed('personal = "sum(orders, pv)"\n', "").replace(
            "\n[rank]\n", 'personal = "sum(orders, pv)"\n\n[rank]\n'
        )

        assert loads_plan(moved).digest == loads_plan(PLAN).digest

    def test_changes_with_meaning(self) -> None:
        """Another number is another plan."""
        assert loads_plan(changed("active_pv = 100", "active_pv = 101")).digest != loads_plan(PLAN).digest


class TestVariants:
    def test_merge_bonuses_by_id_and_drop_names(self) -> None:
        """What the variant says replaces, what it drops is gone, everything else stays."""
        plan = loads_plan(PLAN, variant="generous")

        assert plan.parameters == {"active_pv": Decimal(50)}
        assert [(bonus.id, getattr(bonus, "unpaid", None)) for bonus in plan.bonuses] == [("walk", "next")]
        assert plan.measures == loads_plan(PLAN).measures

    def test_may_add_a_bonus(self) -> None:
        """An id that the plan doesn't have is a new bonus."""
        text = PLAN + '[variants.more.bonuses.gift]\ntype = "car_bonus"\nkind = "amount"\namount = 5\n'

        assert [bonus.id for bonus in loads_plan(text, variant="more").bonuses] == ["walk", "award", "gift"]

    def test_are_all_checked(self) -> None:
        """A mistake in a variant that nobody asked for is found too."""
        with pytest.raises(ValueError, match=r"^<text>:75: variants\.generous\.bonuses\.walk\.unpaid: 'nxt' is none"):
            loads_plan(changed('bonuses.walk.unpaid = "next"', 'bonuses.walk.unpaid = "nxt"'))


class TestOrder:
    def test_puts_everything_after_what_it_reads(self) -> None:
        """By dependency, never by position in the file."""
        text = changed('personal = "sum(orders, pv)"\n', "").replace(
            'group_volume = "sum(group, personal)"\n',
            'group_volume = "sum(group, personal)"\npersonal = "sum(orders, pv)"\n',
        )

        names = [step.name for step in loads_plan(text).steps]

        assert names == ["fast", "personal", "active", "group_volume", "rank", "walk", "award", "lifetime"]

    def test_lets_a_bonus_read_another(self) -> None:
        """A bonus's total is a column, and comes first."""
        plan = loads_plan(changed('"50 if rank >= silver else 0"', '"0.1 * max(walk.paid, 0)"'))
        award = plan.bonus("award")

        assert [step.name for step in plan.steps if step.kind == "bonus"] == ["walk", "award"]
        assert isinstance(award, AmountBonus)
        assert (str(award.amount.type), award.amount.type.places) == ("money", 3)


class TestCompression:
    @pytest.mark.parametrize(
        ("word", "counts", "unpaid"),
        [("none", "true", "lost"), ("roll_up", "active", "lost"), ("dynamic", "true", "next")],
    )
    def test_words_of_the_trade_stand_for_counts_and_unpaid(self, word: str, counts: str, unpaid: str) -> None:
        """`compression` is a shorthand and nothing more."""
        short = changed('counts = "active"\n', f'compression = "{word}"\n')
        short = short.replace('unpaid = "lost"\nno_upline', "no_upline").partition("[variants")[0]
        bonus = loads_plan(short).bonus("walk")

        assert isinstance(bonus, LevelsBonus)
        assert (bonus.counts.text, bonus.unpaid) == (counts, unpaid)


class TestCitations:
    def test_every_clause_knows_its_line(self) -> None:
        """So that an amount can be explained by the clause that made it."""
        plan = loads_plan(PLAN, "starter.toml")
        bonus = plan.bonus("walk")

        assert isinstance(bonus, LevelsBonus)
        assert bonus.rates_by_rank is not None
        assert str(bonus.rates_by_rank["silver"][1].place) == "starter.toml:56 bonuses.walk.rates.silver[1]"
        assert str(bonus.place_of("unpaid")) == "starter.toml:59 bonuses.walk.unpaid"
        assert str(plan.measures["active"].place) == "starter.toml:33 measures.active"


class TestClasses:
    def test_refuse_a_word_that_is_no_choice(self) -> None:
        """Also where no loader stands between the plan and its author."""
        with pytest.raises(ValueError, match=r"^refunds must be one of 'original', 'current', not 'sometimes'$"):
            evolve(in_python(), refunds="sometimes")  # type: ignore[arg-type] # that is the point

    def test_say_so_when_a_plan_was_not_checked(self) -> None:
        """Nothing runs on an expression that nobody has typed."""
        with pytest.raises(ValueError, match=r"^'personal >= active_pv' has not been checked; use `Plan\.checked\(\)`"):
            in_python().measures["active"].type  # noqa: B018 - reading it is what fails

    def test_a_checked_plan_is_itself(self) -> None:
        """Checking twice costs nothing."""
        plan = in_python().checked()

        assert plan.checked() is plan
