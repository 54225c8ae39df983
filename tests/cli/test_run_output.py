"""What `mlmcore run` writes, where, and that the same input gives the same bytes however it is spelt."""

import csv
import json
import random
from pathlib import Path

import pytest

from cli.commands import ORDERS, PEOPLE, PLAN, company, contents, mlmcore
from mlmcore.domain.periods import Period
from mlmcore.files import output
from mlmcore.simulation import seeded_network, write_orders, write_people

SHIPPED = Path(output.__file__).parents[1] / "compensation" / "shipped" / "starter.toml"
NAMES = ["accounts.csv", "ledger.csv", "people.csv", "statements.txt", "totals.json", "unpaid.csv"]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(folder: Path) -> dict[str, bytes]:
    """The files of an output, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


class TestFiles:
    def test_hold_every_line_and_total(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Two orders over three people, asserted whole."""
        said = mlmcore(capsys, *company(tmp_path))

        found = written(tmp_path / "out")
        totals = json.loads(found["totals.json"])
        assert (said.code, said.err, sorted(found)) == (0, "", NAMES)
        assert found["ledger.csv"].decode() == (
            "payee,bonus,type,order,source,level,base,rate,amount\n"
            "bob,team,unilevel,o1,cid,1,100.00,0.10,10.00\n"
            "ann,team,unilevel,o1,cid,2,100.00,0.05,5.00\n"
            "ann,team,unilevel,o2,bob,1,10.55,0.10,1.06\n"
        )
        assert found["unpaid.csv"].decode() == (
            "payee,bonus,type,order,source,level,base,rate,amount,reason\n"
            "ann,team,unilevel,,,,0.00,,-0.0050,rounding\n"
            ",team,unilevel,o2,bob,2,10.55,0.05,0.5275,no_upline\n"
        )
        assert found["accounts.csv"].decode() == "account,bonus,type,order,source,level,base,rate,amount\n"
        assert found["people.csv"].decode() == "id,paid\nann,6.06\nbob,10.00\ncid,0.00\n"
        assert (totals["entitled"], totals["paid"], totals["unpaid"]) == ("16.5825", "16.06", "0.5225")

    def test_a_table_is_printed(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Totals by bonus, and where the files are."""
        said = mlmcore(capsys, *company(tmp_path))

        assert said.out == (
            "2026-03: 3 people, 2 orders, plan small version 1, USD\n"
            "\n"
            "bonus  entitled   paid  unpaid\n"
            "-----  --------  -----  ------\n"
            "team    16.5825  16.06  0.5225\n"
            "all     16.5825  16.06  0.5225\n"
            "\n"
            "written to out\n"
        )


class TestFolder:
    def test_that_holds_something_else_is_refused(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A file that is no output of ours stays, also beside an earlier output."""
        typed = company(tmp_path)
        mlmcore(capsys, *typed)
        (tmp_path / "out" / "notes.txt").write_text("mine", encoding="utf-8")
        before = contents(tmp_path)

        said = mlmcore(capsys, *typed)

        assert (said.code, said.out, said.err) == (
            2,
            "",
            "mlmcore: out holds notes.txt, which is no output of an earlier run; name a new or an empty folder\n",
        )
        assert contents(tmp_path) == before

    def test_that_is_a_file_or_stands_below_one_is_refused(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """In words, not with a traceback."""
        *typed, _ = company(tmp_path)

        file, below = mlmcore(capsys, *typed, "plan.toml"), mlmcore(capsys, *typed, "plan.toml/out")

        assert (file.code, file.err) == (2, "mlmcore: plan.toml is a file; name a folder\n")
        assert (below.code, below.err) == (2, "mlmcore: plan.toml/out cannot be written: File exists\n")

    def test_of_an_earlier_run_is_replaced_whole(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Every file is of the later run, and nothing else is left."""
        mlmcore(capsys, *company(tmp_path))
        typed = company(tmp_path, orders=ORDERS.replace("100.00", "200.00"))
        mlmcore(capsys, *typed[:-1], "fresh")

        mlmcore(capsys, *typed)

        assert written(tmp_path / "out") == written(tmp_path / "fresh")
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            "fresh",
            "orders.csv",
            "out",
            "people.csv",
            "plan.toml",
        ]

    def test_keeps_the_earlier_output_where_writing_fails(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The last writer fails as on a full disk: what was there is there, and no half of the new."""
        mlmcore(capsys, *company(tmp_path))
        typed = company(tmp_path, orders=ORDERS.replace("100.00", "200.00"))
        before = contents(tmp_path)

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(output, "_write_people", full)

        said = mlmcore(capsys, *typed)

        assert (said.code, said.err) == (2, "mlmcore: out cannot be written: No space left on device\n")
        assert contents(tmp_path) == before


class TestSameBytes:
    def test_the_order_of_rows_means_nothing(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A seeded network, both files shuffled: every output file is the same."""
        network = seeded_network(80, 300, period=Period.parse("2026-03"), seed=7)
        write_people(network, tmp_path / "people.csv")
        write_orders(network, tmp_path / "orders.csv")
        chance = random.Random(1)
        for name in ("people", "orders"):
            header, *rows = (tmp_path / f"{name}.csv").read_text(encoding="utf-8").splitlines(keepends=True)
            chance.shuffle(rows)
            (tmp_path / f"{name}-shuffled.csv").write_text(header + "".join(rows), encoding="utf-8")

        mlmcore(capsys, "run", SHIPPED, "--people", "people.csv", "--orders", "orders.csv", "--out", "one")
        mlmcore(
            capsys, "run", SHIPPED, "--people", "people-shuffled.csv", "--orders", "orders-shuffled.csv", "--out", "two"
        )

        assert written(tmp_path / "one") == written(tmp_path / "two")

    def test_a_byte_order_mark_and_windows_line_ends_mean_nothing(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """As spreadsheets save it."""
        typed = company(tmp_path)
        mlmcore(capsys, *typed)
        windows = [b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() for text in (PEOPLE, ORDERS)]

        mlmcore(capsys, *company(tmp_path, people=windows[0], orders=windows[1])[:-1], "windows")

        assert written(tmp_path / "windows") == written(tmp_path / "out")

    def test_a_uuid_is_one_person_in_either_case(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Uplines and sellers may spell it otherwise; what is written is the spelling of the people file."""
        upper, lower = "8C1F2E4A-0000-4000-8000-00000000000A", "8c1f2e4a-0000-4000-8000-00000000000a"
        people = PEOPLE.replace("\nbob,", f"\n{upper},").replace(",bob", f",{lower}")

        said = mlmcore(capsys, *company(tmp_path, people=people, orders=ORDERS.replace(",bob,", f",{lower},")))

        rows = list(csv.DictReader((tmp_path / "out" / "people.csv").read_text(encoding="utf-8").splitlines()))
        assert said.code == 0
        assert {row["id"]: row["paid"] for row in rows} == {"ann": "6.06", upper: "10.00", "cid": "0.00"}


class TestSize:
    def test_ten_thousand_people_run(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """With twenty thousand orders; the totals are those of the ledger's file."""
        network = seeded_network(10_000, 20_000, period=Period.parse("2026-03"))
        write_people(network, tmp_path / "people.csv")
        write_orders(network, tmp_path / "orders.csv")

        said = mlmcore(
            capsys, "run", SHIPPED, "--people", "people.csv", "--orders", "orders.csv", "--out", "out",
            "--format", "json",
        )  # fmt: skip

        with (tmp_path / "out" / "ledger.csv").open(encoding="utf-8", newline="") as file:
            cents = sum(int(row["amount"].replace(".", "")) for row in csv.DictReader(file))
        assert (said.code, json.loads(said.out)["people"]) == (0, 10_000)
        assert json.loads(said.out)["paid"].replace(".", "") == str(cents)


LIFETIME = """
[measures]
life = "previous.life + sum(orders, pv)"
[carry]
life = { value = "life", initial = 0 }
[boards.queue]
source = "orders"
from = "seller"
width = 9
levels = 1
under = "oldest"
placed = "breadth_first"
then = []
[[bonuses]]
id = "thousand"
type = "rank_bonus"
kind = "amount"
amount = "10 if life >= 1000 else 0"
[[bonuses]]
id = "pair"
type = "binary"
kind = "binary"
tree = "placement"
volume = "sum(orders, pv)"
pay = "pairs"
unit = 10
ratio = "1:1"
amount = 2
after = "subtract"
[[bonuses]]
id = "share"
type = "pool"
kind = "pool"
fund = "0.01 * company.cv"
shares = "1"
eligible = "life >= 1000"
share_value = "exact"
remainder = "largest_remainder"
nobody = "carry"
[[bonuses]]
id = "welcome"
type = "rank_bonus"
kind = "amount"
amount = "1"
once_per = "lifetime"
deferred_until = "life >= 1000"
"""
YEAR = "id,date,seller,pv,cv\no1,2026-01-31,ann,999,0\no2,2026-02-28,ann,1,0\no3,2026-03-01,bob,1,0\n"
PERIODS = "write 2026-03-31 (day), 2026-W14 (ISO week), 2026-03 (month) or 2026-Q1 (quarter)"
PLACED = (
    "id,status,joined,sponsor,placement,leg\n"
    "ann,active,2025-01-01,,,\nbob,active,2025-02-01,ann,ann,1\ncid,active,2025-03-01,ann,ann,2\n"
)


class TestSeveralPeriods:
    def typed(self, folder: Path, *more: str) -> list[str]:
        """A plan that hands on much, over an orders file of several months."""
        trees = PLAN.replace('trees = ["sponsor"]', 'trees = ["sponsor", "placement"]')
        return [*company(folder, trees + LIFETIME, PLACED, YEAR), *more]

    def test_what_begins_anew_is_said(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A run without the periods before it is the first, and says of what that is a loss."""
        said = mlmcore(capsys, *self.typed(tmp_path, "--period", "2026-02"))

        assert said.out.endswith(
            "\n\n"
            "2026-02 was calculated as the first period, so these began anew: carry life, the boards of queue, "
            "the legs of pair, the fund of share, what waits of welcome, what welcome has paid once.\n"
            "Where there are earlier periods, --since names the one to begin with.\n"
            "\n"
            "written to out\n"
        )

    def test_each_period_takes_up_what_the_one_before_handed_on(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """999 of January and one of February are a thousand; the welcome of January is released with it."""
        said = mlmcore(capsys, *self.typed(tmp_path, "--period", "2026-02", "--since", "2026-01"))
        paid = {(row["payee"], row["bonus"]): row["amount"] for row in _rows(tmp_path / "out" / "ledger.csv")}

        assert "began anew" not in said.out
        assert paid == {("ann", "thousand"): "10.00", ("ann", "welcome"): "1.00"}

    def test_why_takes_them_up_too(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The same calculation, explained."""
        typed = [*self.typed(tmp_path)[1:-2], "--period", "2026-02", "--since", "2026-01"]
        said = mlmcore(capsys, "why", typed[0], "ann", *typed[1:])

        assert "life = 1000.00" in said.out
        assert "brought forward from 2026-01" in said.out

    @pytest.mark.parametrize(
        ("since", "message"),
        [
            ("2026-03", "since: 2026-03 comes after 2026-02; name the period to begin with, the earlier one"),
            ("2026-W01", "since: 2026-W01 is a week in UTC, and 2026-02 a month in UTC; name one of the same kind"),
            ("January", f"since: 'January' names no period; {PERIODS}"),
        ],
    )
    def test_a_wrong_beginning_is_refused(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], since: str, message: str
    ) -> None:
        """Before anything is written."""
        said = mlmcore(capsys, *self.typed(tmp_path, "--period", "2026-02", "--since", since))

        assert (said.code, said.err) == (2, f"mlmcore: {message}\n")
        assert not (tmp_path / "out").exists()

    def test_figures_of_the_company_are_of_one_period(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """A plan that reads some cannot be given them for several."""
        plan = PLAN.replace("[[bonuses]]", 'company = { profit = "money" }\n[[bonuses]]', 1)
        more = ["--company", "profit=5", "--period", "2026-02", "--since", "2026-01"]
        said = mlmcore(capsys, *company(tmp_path, plan, orders=YEAR), *more)

        assert said.err == (
            "mlmcore: since: the plan reads figures of the company, which are another in each period; "
            "write a case with `periods`, or calculate one period after the other in Python\n"
        )

    def test_what_is_wrong_in_an_earlier_period_names_it(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The plan was not effective then, or a number is missing there."""
        plan = PLAN.replace("effective_from = 2000-01-01", "effective_from = 2026-02-01")
        said = mlmcore(capsys, *company(tmp_path, plan, orders=YEAR), "--period", "2026-03", "--since", "2026-01")

        assert said.err == (
            "mlmcore: period: in 2026-01: the period 2026-01 begins on 2026-01-01, and the plan is effective from "
            "2026-02-01; calculate it with the plan that held then\n"
        )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
