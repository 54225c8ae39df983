"""`dumps_plan`: a plan as a document that reads back to an equal plan."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import example, given, settings
from hypothesis import strategies as st

import mlmcore
from compensation.language.plan_texts import PLAN
from mlmcore.compensation.loader import dumps_plan, load_plan, loads_plan
from mlmcore.compensation.plan import AmountBonus, KeyTable, Plan, Rank, RankRule
from mlmcore.domain.errors import InputError

DATA = Path(__file__).parents[2] / "data" / "plans"
SHIPPED = Path(mlmcore.__file__).parent / "compensation" / "shipped"
KNOWN = sorted([*DATA.glob("*.toml"), *SHIPPED.glob("*.toml")])

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.one_of(
    TEXTS,
    st.booleans(),
    st.dates(date(1900, 1, 1), date(2200, 1, 1)),
    st.decimals(-(10**6), 10**6, places=6),
    st.integers(-(10**17), 10**17).map(Decimal),
)


def _back(plan: Plan) -> Plan:
    return loads_plan(dumps_plan(plan))


class TestWrittenOut:
    @pytest.mark.parametrize("path", KNOWN, ids=lambda path: path.stem)
    def test_reads_back_to_an_equal_plan(self, path: Path) -> None:
        """With the same digest."""
        plan = load_plan(path)

        assert _back(plan) == plan
        assert _back(plan).digest == plan.digest

    def test_keeps_a_merged_variant_and_forgets_its_name(self) -> None:
        """What is written is a plan of its own."""
        plan = loads_plan(PLAN, variant="generous")

        assert _back(plan) == evolve(plan, variant="")

    def test_is_written_as_a_person_would(self) -> None:
        """Numbers are numbers, defaults are left out, and what a bonus is stands first."""
        written = dumps_plan(loads_plan(PLAN))

        assert written.partition("[[bonuses]]\n")[2].partition("\n\n")[0] == (
            'id = "walk"\ntype = "unilevel"\nkind = "levels"\nnegative = "charge"\nsource = "orders"\n'
            'from = "seller"\nbase = "cv"\ncounts = "active"\n'
            "rates = { bronze = [0.05, 0.03], silver = [0.05, 0.05] }\n"
            'pays = "active"\nunpaid = "lost"\nno_upline = "lost"'
        )

    @settings(max_examples=60, deadline=None)
    @given(values=st.lists(VALUES, max_size=5), number=st.decimals(0, 10**9, places=4))
    @example(values=["\x7f", "\x00\n\x1f"], number=Decimal(0))
    def test_holds_every_value_exactly(self, values: list[str | bool | date | Decimal], number: Decimal) -> None:
        """Texts of any characters, decimals with the places that they were given with."""
        parameters = {f"p{index}": value for index, value in enumerate(values)}
        plan = evolve(loads_plan(PLAN), parameters={"active_pv": number, **parameters}, steps=())

        back = _back(plan)

        assert {name: str(value) for name, value in back.parameters.items()} == {
            name: f"{value:f}" if isinstance(value, Decimal) else str(value) for name, value in plan.parameters.items()
        }

    def test_holds_tables_of_two_keys_and_ranks_from_an_attribute(self) -> None:
        """Each spelling that differs from its class."""
        rows: dict[tuple[str, ...], Decimal] = {("bronze", "1"): Decimal("0.02"), ("silver", "2"): Decimal(0)}
        plan = evolve(
            loads_plan(PLAN),
            tables={"bonus_rates": KeyTable(name="bonus_rates", by=("rank", "level"), rows=rows, missing="error")},
            rank_rule=RankRule(source="attribute", attribute="title", climb="ladder"),
            ranks=[Rank(id="bronze", numbers={"volume": 5}), Rank(id="silver", requires="active")],
            steps=(),
        )

        assert _back(plan) == plan
        assert "[tables.bonus_rates]\n" in dumps_plan(plan)  # each under a header of its own

    def test_holds_caps(self) -> None:
        """A list of tables."""
        cap = '[[caps]]\nbonuses = ["walk"]\nper = ["payee"]\nlimit = "500"\napply = "scale"\n'
        plan = loads_plan(PLAN.replace("[carry]", f"{cap}[carry]"))

        assert _back(plan) == plan

    def test_holds_trees_that_the_plan_makes(self) -> None:
        """With a header each."""
        tree = '[trees.matrix]\nplaced = "left"\nunder = "root"\nwidth = 2\norder = "joined"\nwhere = "autoship"\n'
        plan = loads_plan(PLAN.replace("[rank]\n", f"{tree}[rank]\n"))

        assert _back(plan) == plan
        assert "[trees.matrix]\n" in dumps_plan(plan)


CAP = '[[caps]]\nid = "top"\nbonuses = ["walk"]\nper = ["payee"]\nlimit = "500"\napply = "scale"\n'
VARIANTS = {
    "a parameter, a key that is new and one that goes back to its default": (
        'parameters.active_pv = 50\nplan.slow = true\nplan.drop = ["accounts"]\nbonuses.walk.drop = ["pays"]\n'
    ),
    "more decimal places alone": "parameters.active_pv = 100.0\n",
    "ranks, rates and tables": (
        'ranks.silver.volume = 500\nbonuses.walk.rates = [0.1]\ntables.bonus_rates.rows = { drop = ["bronze"] }\n'
    ),
    "bonuses that come and go": (
        'drop = ["award"]\nbonuses.gift = { type = "retail", kind = "amount", amount = 5, negative = "zero" }\n'
    ),
    "a bonus given anew, behind the others": (
        'drop = ["walk"]\nbonuses.walk = { type = "retail", kind = "amount", amount = 5, negative = "zero" }\n'
    ),
    "a cap without an id": ('caps = [{ bonuses = ["award"], per = ["company"], limit = 1, apply = "scale" }]\n'),
    "nothing": "",
}


class TestVariants:
    @pytest.mark.parametrize("text", VARIANTS.values(), ids=VARIANTS.keys())
    def test_each_is_kept(self, text: str) -> None:
        """What is written has a variant of the name that is the same plan, and says only what changes."""
        written = PLAN.replace("[carry]", f"{CAP}[carry]").partition("[variants")[0] + f"[variants.other]\n{text}"
        written = written.replace('no_upline = "account:house"', 'no_upline = "lost"')
        plan, other = loads_plan(written), loads_plan(written, variant="other")

        back = dumps_plan(plan)

        assert loads_plan(back) == plan
        assert loads_plan(back, variant="other") == other
        assert loads_plan(back, variant="other").digest == other.digest
        assert loads_plan(back).variants == plan.variants
        assert dumps_plan(loads_plan(back)) == back

    @pytest.mark.parametrize("path", KNOWN, ids=lambda path: path.stem)
    def test_those_of_known_plans_are_kept(self, path: Path) -> None:
        """All of them."""
        back = dumps_plan(load_plan(path))

        for name in load_plan(path).variants:
            assert loads_plan(back, variant=name) == load_plan(path, variant=name)

    def test_one_that_drops_caps_without_ids_drops_them_all(self) -> None:
        """There is nothing else by which they could be told."""
        written = PLAN.replace("[carry]", f"{CAP}[carry]").replace('id = "top"\n', "").partition("[variants")[0]
        plan = loads_plan(f'{written}[variants.other]\ndrop = ["caps"]\n')

        back = dumps_plan(plan)

        assert back.endswith('\n[variants.other]\ndrop = ["caps"]\n')
        assert loads_plan(back, variant="other").caps == ()

    def test_what_is_written_is_what_changes(self) -> None:
        """Not the whole plan once more."""
        assert dumps_plan(loads_plan(PLAN)).endswith(
            '\n[variants.generous]\ndrop = ["award"]\nparameters = { active_pv = 50 }\n'
            'bonuses = { walk = { unpaid = "next" } }\n'
        )


class TestWhatCannotBeWritten:
    def test_a_wrong_plan_is_refused_with_its_findings(self) -> None:
        """As when it is run."""
        plan = loads_plan(PLAN)

        with pytest.raises(InputError, match=r"unknown name 'pw' \(character 13"):
            dumps_plan(evolve(plan, measures={**plan.measures, "personal": "sum(orders, pw)"}, steps=()))

    def test_what_a_document_cannot_say_is_not_written_as_something_else(self) -> None:
        """The text is read back before it is handed out."""
        bonus = AmountBonus(id="gift", type="gift", amount=5, detail="person")
        plan = evolve(loads_plan(PLAN), bonuses=[bonus], inputs=evolve(loads_plan(PLAN).inputs, trees=["sponsor"]))
        plan = evolve(plan, parameters={"active_pv": Decimal(100), "many": ("a", "b")}, steps=())

        with pytest.raises((InputError, ValueError)):
            dumps_plan(plan)
