"""`mlmcore diff`: two plans over the same files."""

import json
from pathlib import Path

import pytest

from cli.commands import ORDERS, PEOPLE, PLAN, company, mlmcore

FILES = ["--people", "people.csv", "--orders", "orders.csv"]
HIGHER = PLAN.replace("0.10, 0.05", "0.12, 0.04")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    company(tmp_path)
    (tmp_path / "after.toml").write_text(HIGHER, encoding="utf-8")


def beside(table: str, column: str, value: str) -> str:
    """A CSV text with one more column."""
    head, *rows = table.splitlines()
    return "\n".join([f"{head},{column}", *(f"{row},{value}" for row in rows)])


class TestText:
    def test_says_what_differs_what_it_costs_and_for_whom(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Two per cent more on the first level, one less on the second, asserted whole."""
        said = mlmcore(capsys, "diff", "plan.toml", "after.toml", *FILES, "--top", 1)

        assert (said.code, said.err) == (0, "")
        assert said.out == (
            "2026-03: 3 people, 2 orders, USD\n"
            "before: plan small version 1\n"
            "after:  plan small version 1\n"
            "\n"
            "what the plans say differently\n"
            "\n"
            "key                 before        after\n"
            "------------------  ------------  ------------\n"
            "bonuses.team.rates  [0.10, 0.05]  [0.12, 0.04]\n"
            "\n"
            "paid by  before  after  change\n"
            "-------  ------  -----  ------\n"
            "team      16.06  17.27   +1.21\n"
            "all       16.06  17.27   +1.21\n"
            "\n"
            "who gains: 1, 2.00 together; who loses: 1, 0.79 together; paid as before: 1\n"
            "\n"
            "gain most  before  after  change  by\n"
            "---------  ------  -----  ------  ----------\n"
            "bob         10.00  12.00   +2.00  team +2.00\n"
            "\n"
            "lose most  before  after  change  by\n"
            "---------  ------  -----  ------  ----------\n"
            "ann          6.06   5.27   -0.79  team -0.79\n"
        )

    def test_says_that_nothing_differs(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A plan against itself."""
        said = mlmcore(capsys, "diff", "plan.toml", "plan.toml", *FILES)

        assert "both plans say the same\n" in said.out
        assert "who gains: 0, 0.00 together; who loses: 0, 0.00 together; paid as before: 3\n" in said.out

    def test_a_plan_is_held_against_its_own_variant(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Which the heading names."""
        (tmp_path / "after.toml").write_text(
            f"{PLAN}\n[variants.higher.bonuses.team]\nrates = [0.12, 0.04]\n", encoding="utf-8"
        )

        said = mlmcore(capsys, "diff", "after.toml", "after.toml", "--variant-after", "higher", *FILES)

        assert "after:  plan small version 1, variant higher\n" in said.out
        assert "who gains: 1, 2.00 together" in said.out


class TestJson:
    def test_says_the_same_to_programs(self, capsys: pytest.CaptureFixture[str]) -> None:
        """With the totals of both runs; money as text."""
        found = json.loads(mlmcore(capsys, "diff", "plan.toml", "after.toml", *FILES, "--format", "json").out)

        assert (found["before"]["paid"], found["after"]["paid"]) == ("16.06", "17.27")
        assert found["plan"] == [{"path": "bonuses.team.rates", "before": "[0.10, 0.05]", "after": "[0.12, 0.04]"}]
        assert found["paid"] == {"before": "16.06", "after": "17.27", "change": "1.21"}
        assert found["people"] == {"gain": 1, "lose": 1, "same": 1}
        assert found["lose_most"] == [
            {
                "person": "ann",
                "rank_before": None,
                "rank_after": None,
                "before": "6.06",
                "after": "5.27",
                "change": "-0.79",
                "by_bonus": {"team": {"before": "6.06", "after": "5.27", "change": "-0.79"}},
            }
        ]


class TestOut:
    def test_holds_everybody_for_whom_anything_changes(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Money or rank, by id; cid is paid nothing by either and has another rank."""
        ranked = '\n[rank]\nfrom = "requires"\nclimb = "highest"\n[[ranks]]\nid = "silver"\nrequires = "{}"\n'
        (tmp_path / "plan.toml").write_text(PLAN + ranked.format("sum(orders, pv) >= 0"), encoding="utf-8")
        (tmp_path / "after.toml").write_text(HIGHER + ranked.format("sum(orders, pv) < 80"), encoding="utf-8")

        said = mlmcore(capsys, "diff", "plan.toml", "after.toml", *FILES, "--out", "changes.csv")

        assert (tmp_path / "changes.csv").read_text(encoding="utf-8") == (
            "person,rank_before,rank_after,before,after,change\n"
            "ann,silver,silver,6.06,5.27,-0.79\n"
            "bob,silver,silver,10.00,12.00,2.00\n"
            "cid,silver,,0.00,0.00,0.00\n"
        )
        assert said.out.endswith("\neverybody for whom anything changes: changes.csv\n")
        assert "silver       none             1\n" in said.out

    def test_that_is_there_already_is_refused_before_anything_is_read(self, capsys: pytest.CaptureFixture[str]) -> None:
        """An earlier comparison is nobody's to overwrite."""
        said = mlmcore(capsys, "diff", "none.toml", "none.toml", *FILES, "--out", "people.csv")

        assert (said.code, said.err) == (2, "mlmcore: people.csv is there already; name a new file\n")


class TestFiles:
    def test_may_hold_what_only_one_of_the_plans_declares(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A column of people, one of orders, events, a figure; what neither knows is found."""
        declared = (
            'attributes = { vip = "boolean" }\norder_columns = { box = "text" }\ncompany = { profit = "money" }\n'
            '[inputs.events.visits]\nlength = "number"\n'
        )
        after = HIGHER.replace("\n[[bonuses]]", f"{declared}\n[[bonuses]]")
        (tmp_path / "after.toml").write_text(after, encoding="utf-8")
        (tmp_path / "people.csv").write_text(beside(PEOPLE, "vip", "true"), encoding="utf-8")
        (tmp_path / "orders.csv").write_text(beside(ORDERS, "box", "red"), encoding="utf-8")
        (tmp_path / "visits.csv").write_text("id,date,person,length\nv,2026-03-01,ann,3\n", encoding="utf-8")
        more = ["--events", "visits=visits.csv", "--company", "profit=5"]

        said = mlmcore(capsys, "diff", "plan.toml", "after.toml", *FILES, *more)
        back = mlmcore(capsys, "diff", "after.toml", "plan.toml", *FILES, *more)
        neither = mlmcore(capsys, "diff", "plan.toml", "plan.toml", *FILES)

        assert (said.code, said.err, back.code, back.err) == (0, "", 0, "")
        assert "who gains: 1, 2.00 together" in said.out
        assert "who loses: 1, 2.00 together" in back.out
        assert neither.code == 2
        assert "people.csv:1: unknown column 'vip'" in neither.err
        assert "orders.csv:1: unknown column 'box'" in neither.err

    def test_whatever_is_wrong_with_either_plan_is_told_at_once(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Each with its file."""
        (tmp_path / "plan.toml").write_text(PLAN.replace('"seller"', '"sender"'), encoding="utf-8")

        said = mlmcore(capsys, "diff", "plan.toml", "gone.toml", *FILES)

        assert said.code == 2
        assert "plan.toml:" in said.err
        assert "gone.toml: there is no such file; name a plan in TOML" in said.err
