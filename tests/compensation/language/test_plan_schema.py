"""The JSON Schema of plans: what loads is valid, and what is misspelled is not."""

import json
from pathlib import Path

import jsonschema
import pytest

import mlmcore
from compensation.language.plan_texts import changed
from compensation.language.schema_findings import schema_errors
from mlmcore.compensation import _choices
from mlmcore.compensation.loader import plan_schema
from mlmcore.compensation.loader._kinds import KINDS

DATA = Path(__file__).parents[2] / "data" / "plans"
SHIPPED = Path(mlmcore.__file__).parent / "compensation" / "shipped"
KNOWN = sorted([*DATA.glob("*.toml"), *SHIPPED.glob("*.toml")])


def _wrong(text: str) -> list[str]:
    """Where a document breaks the schema."""
    return sorted(".".join(map(str, error.absolute_path)) for error in schema_errors(text))


class TestSchema:
    def test_is_one(self) -> None:
        """By the draft that it names."""
        jsonschema.Draft7Validator.check_schema(plan_schema())

    @pytest.mark.parametrize("path", KNOWN, ids=lambda path: path.stem)
    def test_known_plans_are_valid(self, path: Path) -> None:
        """Whatever loads."""
        assert _wrong(path.read_text("utf-8")) == []

    @pytest.mark.parametrize(
        ("old", "new", "where"),
        [
            ('period = "month"', 'period = "fortnight"', ["plan.period"]),
            ('currency = "USD"\n', "", ["plan"]),
            ("active_pv = 100", "active_pv = [100]", ["parameters.active_pv"]),
            ('from = "requires"', 'form = "requires"', ["rank", "rank"]),
            ('counts = "active"\n', "", ["bonuses.0"]),
            ('counts = "active"', 'compression = "none"', []),
            ('kind = "amount"', 'kind = "amont"', ["bonuses.1"]),
            ('drop = ["award"]', 'drop = "award"', ["variants.generous.drop"]),
            ('bonuses.walk.unpaid = "next"', "bonuses.walk.depth = [1]", ["variants.generous.bonuses"]),
            ("[rank]", '[trees.matrix]\nplaced = "left"\n[rank]', ["trees.matrix"]),
            ("[rank]", "[rnk]", [""]),
        ],
    )
    def test_what_is_misspelled_is_not(self, old: str, new: str, where: list[str]) -> None:
        """Keys, words and kinds of values; the loader says more."""
        text = changed(old, new).replace('unpaid = "lost"\n', "" if "compression" in new else 'unpaid = "lost"\n')

        assert sorted(set(_wrong(text))) == sorted(set(where))

    def test_a_plan_that_extends_another_is_partial(self) -> None:
        """Nothing is required of it but the name of the other."""
        text = '[plan]\nextends = "starter.toml"\nid = "x"\n[bonuses.walk]\nunpaid = "next"\ndrop = ["rates"]\n'

        assert _wrong(text) == []
        assert _wrong(text.replace("unpaid", "unpayed")) == ["bonuses"]

    def test_words_are_explained(self) -> None:
        """In the words of the loader's messages."""
        schema = plan_schema()
        walk = schema["definitions"]["levels"]["properties"]

        assert walk["kind"]["description"] == KINDS["levels"]
        assert _choices.UNPAID["next"] in walk["unpaid"]["description"]
        assert _choices.FROM["seller"] in walk["from"]["description"]
        assert walk["stop_at"]["description"] == "Ends the walk at this person."

    def test_every_kind_of_bonus_is_in_it(self) -> None:
        """One definition each."""
        assert set(KINDS) <= set(plan_schema()["definitions"])

    def test_the_published_copy_is_the_same(self) -> None:
        """An editor reads it without running anything; `mlmcore lint --schema` writes it anew."""
        copy = Path(mlmcore.__file__).parent / "compensation" / "plan.schema.json"

        assert json.loads(copy.read_text("utf-8")) == plan_schema()
