"""Plans, periods, figures and paths of `mlmcore run` that are wrong, as text and as JSON."""

import json
from pathlib import Path

import pytest

from cli.commands import ORDERS, PLAN, company, contents, mlmcore

WITH_FIGURE = PLAN.replace("[[bonuses]]", '[inputs.company]\nprofit = "money"\n\n[[bonuses]]').replace(
    'base = "cv"', 'base = "cv + company.profit"'
)
NAMES = "buyer, customer, cv, date, id, joined, period.end, period.start, pv, seller, status, team.earned, team.paid"
WRITE = "write it as profit=1000.00"


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class TestPlan:
    @pytest.mark.parametrize(
        ("plan", "error"),
        [
            pytest.param(
                PLAN.replace('base = "cv"', 'base = "cw"'),
                "plan.toml:23: bonuses.team.base: unknown name 'cw' (character 1 of 'cw'); known: " + NAMES,
                id="an unknown name",
            ),
            pytest.param(
                PLAN.replace("[[bonuses]]", '[measures]\na = "b"\nb = "a"\n\n[[bonuses]]'),
                "plan.toml:18: measures.a: the cycle a -> b -> a has no beginning; one of them must not read the next",
                id="a cycle",
            ),
            pytest.param(
                PLAN.replace('base = "cv"\n', ""),
                'plan.toml:17: bonuses.team.base: is missing; what a rate is taken of: base = "cv"',
                id="a missing option",
            ),
        ],
    )
    def test_is_refused_with_its_line(
        self, plan: str, error: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Exit code 2, nothing on standard output, nothing written; `lint` says the same."""
        typed = company(tmp_path, plan)
        before = contents(tmp_path)

        said, linted = mlmcore(capsys, *typed), mlmcore(capsys, "lint", "plan.toml")

        assert (said.code, said.out, said.err) == (2, "", f"mlmcore: {error}\n")
        assert linted == said
        assert contents(tmp_path) == before

    @pytest.mark.parametrize(
        ("path", "what"), [("nope.toml", "there is no such file"), (".", "is a folder")], ids=["missing", "a folder"]
    )
    def test_that_is_no_file_is_an_error(
        self, path: str, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """No traceback: `run` and `lint` name the path and say what is wrong with it."""
        _, _, *rest = company(tmp_path)

        said, linted = mlmcore(capsys, "run", path, *rest), mlmcore(capsys, "lint", path)

        assert (said.code, said.out, said.err) == (2, "", f"mlmcore: {path}: {what}; name a plan in TOML\n")
        assert linted == said


class TestPeriod:
    @pytest.mark.parametrize(
        ("period", "error"),
        [
            ("2026-W10", "2026-W10 is a week, and the plan's periods are a month; name one of those"),
            (
                "march",
                (
                    "'march' names no period; "
                    "write 2026-03-31 (day), 2026-W14 (ISO week), 2026-03 (month) or 2026-Q1 (quarter)"
                ),
            ),
        ],
    )
    def test_of_another_kind_or_none_is_refused(
        self, period: str, error: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The period is a month because the plan says so."""
        said = mlmcore(capsys, *company(tmp_path), "--period", period)

        assert (said.code, said.out, said.err) == (2, "", f"mlmcore: period: {error}\n")

    def test_chooses_among_several(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Orders of other periods play no part then."""
        typed = company(tmp_path, orders=ORDERS + "o3,2026-04-01,bob,1,50.00\n")

        said = mlmcore(capsys, *typed, "--period", "2026-04", "--format", "json")

        assert (said.code, json.loads(said.out)["paid"], json.loads(said.out)["orders"]) == (0, "5.00", 1)


class TestCompanyFigure:
    @pytest.mark.parametrize(
        ("given", "errors"),
        [
            pytest.param(
                (),
                ["company: the plan reads company.profit, and it was not given; give it: --company profit=VALUE"],
                id="missing",
            ),
            pytest.param(
                ("profit=1e3",),
                ["company.profit: '1e3' is not a decimal; write it out: 1000"],
                id="not a decimal",
            ),
            pytest.param(
                ("profit=1", "profit", "=3", "profit=2", "proft=4"),
                [
                    f"company: --company '=3' has no NAME=VALUE; {WRITE}",
                    f"company: --company 'profit' has no NAME=VALUE; {WRITE}",
                    "company: --company 'profit=2' gives profit a second time; give each figure once",
                    "company: the plan declares no company figure 'proft'; did you mean 'profit'?",
                ],
                id="malformed, doubled and unknown at once",
            ),
        ],
    )
    def test_that_does_not_fit_is_refused(
        self, given: tuple[str, ...], errors: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Everything about all figures at once."""
        typed = company(tmp_path, WITH_FIGURE)

        said = mlmcore(capsys, *typed, *(word for figure in given for word in ("--company", figure)))

        listed = "\n".join(errors if len(errors) == 1 else [f"{len(errors)} findings:", *errors])
        assert (said.code, said.out, said.err) == (2, "", f"mlmcore: {listed}\n")

    def test_is_read_exactly(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """One order of nothing: what is paid is a tenth of the figure."""
        typed = company(tmp_path, WITH_FIGURE, orders="id,date,seller,pv,cv\no1,2026-03-02,bob,0,0\n")

        said = mlmcore(capsys, *typed, "--company", "profit=33.30", "--format", "json")

        assert (said.code, json.loads(said.out)["paid"]) == (0, "3.33")


class TestPaths:
    def test_of_both_files_are_looked_at(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A missing file and a folder, in one message."""
        company(tmp_path)

        said = mlmcore(capsys, "run", "plan.toml", "--people", "x.csv", "--orders", ".", "--out", "out")

        assert (said.code, said.out, said.err) == (
            2,
            "",
            "mlmcore: 2 findings:\n.: is a folder; name a CSV file\nx.csv: there is no such file; name a CSV file\n",
        )


class TestAsJson:
    def test_findings_are_one_document(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """On standard output, with the same exit code, and nothing on standard error."""
        typed = company(tmp_path, orders=ORDERS + "o3,2026-03-03,bib,1,1\n")

        said = mlmcore(capsys, *typed, "--format", "json")

        message = "orders.csv:4: seller: 'bib' is nobody in the people file; correct it, or add the person"
        finding = {
            "code": "files.unknown-person",
            "what": "'bib' is nobody in the people file",
            "todo": "correct it, or add the person",
            "file": "orders.csv",
            "line": 4,
            "path": "seller",
        }
        assert (said.code, said.err) == (2, "")
        assert json.loads(said.out) == {
            "error": {"code": "input.invalid", "message": message, "findings": [finding]},
        }

    def test_a_wrong_call_is_one_too(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Also where the words cannot be parsed, wherever the format stands."""
        missing = mlmcore(capsys, "run", "--format", "json")
        unknown = mlmcore(capsys, "lint", "--nonsense", "--format=json")

        assert (missing.code, missing.err) == (2, "")
        assert json.loads(missing.out)["error"] == {
            "code": "cli.usage",
            "message": "Missing argument 'PLAN'.",
            "findings": [],
        }
        assert (unknown.code, json.loads(unknown.out)["error"]["code"]) == (2, "cli.usage")

    def test_a_later_command_is_text_again(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The format is of one command only."""
        mlmcore(capsys, "lint", "nope.toml", "--format", "json")

        said = mlmcore(capsys, "lint", "nope.toml")

        assert (said.out, said.err) == ("", "mlmcore: nope.toml: there is no such file; name a plan in TOML\n")
