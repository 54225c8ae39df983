"""The reference of the plan language: every block in it runs."""

import re
from pathlib import Path

import pytest

from mlmcore.compensation._declarations import RESERVED
from mlmcore.compensation.loader import loads_plan
from mlmcore.domain.enums import CommissionType

PAGES = Path(__file__).parents[3] / "docs" / "plan-language"


def _blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", (PAGES / page).read_text("utf-8"), re.DOTALL | re.MULTILINE)


PLAN = _blocks("document.md", "toml")[0]
LINES = [line for block in _blocks("expressions.md", "text") for line in block.splitlines()]


class TestPages:
    def test_the_plan_of_the_document_page_loads(self) -> None:
        """As it stands, and its variant."""
        assert loads_plan(PLAN, variant="generous").parameters["active_pv"] == 50

    def test_the_reserved_names_are_listed_whole(self) -> None:
        """Whoever has one try must know them."""
        (listed,) = _blocks("document.md", "text")

        assert set(listed.split()) == RESERVED

    def test_the_commission_types_are_listed_whole(self) -> None:
        """The choice is closed."""
        (listed,) = _blocks("bonuses.md", "text")

        assert set(listed.split()) == {label.value for label in CommissionType}

    def test_the_blocks_of_the_bonuses_page_load_together(self) -> None:
        """Added to that plan."""
        plan = loads_plan("\n".join([PLAN, *_blocks("bonuses.md", "toml")]))

        assert [bonus.id for bonus in plan.bonuses] == [
            "unilevel",
            "contest",
            "trip",
            "starter_pool",
            "fast_start",
            "infinity",
            "payout",
            "product",
            "matching",
            "cascade",
            "difference",
            "override",
            "weaker_leg",
            "cycles",
            "stepped",
            "leadership_pool",
            "elite",
            "jackpot",
            "weekly_pool",
            "retail",
            "award",
            "house_share",
            "demo",
            "advancement",
            "first_order",
            "first_thousand",
            "early_start",
            "third_order",
        ]

    def test_the_block_of_the_caps_page_loads(self) -> None:
        """Added to that plan, and its variant."""
        plan = loads_plan("\n".join([PLAN, *_blocks("caps.md", "toml")]), variant="careful")

        assert [(cap.id, cap.limit.text) for cap in plan.caps] == [
            (None, "5000 if rank >= silver else 1000"),
            ("payout_ratio", "0.40 * company.profit"),
        ]

    def test_the_recursions_of_the_expressions_page_load_together(self) -> None:
        """Added to that plan, measures to its measures."""
        blocks = "\n".join(_blocks("expressions.md", "toml"))
        measures = "\n".join(re.findall(r"^[a-z_]+ = \".*\"$", re.sub(r"\[\[[^[]*", "", blocks), re.MULTILINE))
        others = re.sub(r"\[measures\]\n(.+\n)*", "", blocks)

        plan = loads_plan(PLAN.replace("[measures]\n", f"[measures]\n{measures}\n") + others)

        assert [step.name for step in plan.steps if step.kind == "recursion"] == [
            *("personal_group, rank", "rolled", "generations", "path_rate", "leader", "override")
        ]

    @pytest.mark.parametrize("line", LINES)
    def test_each_line_of_the_expressions_page_is_a_measure(self, line: str) -> None:
        """Added to that plan."""
        quoted = line.replace('"', '\\"')

        text = PLAN.replace('trees = ["sponsor", "enroller"]', 'trees = ["sponsor", "enroller", "placement"]')
        plan = loads_plan(text.replace("[measures]\n", f'[measures]\nshown = "{quoted}"\n'))

        assert plan.measures["shown"].text == line
