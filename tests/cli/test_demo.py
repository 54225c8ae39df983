"""`mlmcore demo`: a whole month on a server of its own, of which nothing is left."""

import json
import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cli.commands import mlmcore
from mlmcore.testing import server

SIZE = ("--people", "60", "--orders", "120")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The process ids of the servers that a command starts."""
    pids: list[int] = []
    start = server.Server.start

    def noted(self: server.Server) -> None:
        start(self)
        pids.append(self.pid)

    monkeypatch.setattr(server.Server, "start", noted)
    return pids


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that also the user can enter as whom PostgreSQL runs where root starts it; pytest's are private."""
    with tempfile.TemporaryDirectory(prefix="mlmcore-demo-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def is_running(pid: int) -> bool:
    """Whether the process is there and is no zombie."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"


def summed(document: dict[str, Any]) -> Decimal:
    """What a statement's lines come to."""
    return sum((Decimal(item["amount"]) for item in document["amounts"] if item["kind"] == "paid"), Decimal(0))


class TestDemo:
    def test_sums_agree_and_nothing_is_left_running(
        self, started: list[int], capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Payouts and what is held are the ledger; entitled is paid and unpaid; a statement is its lines."""
        said = mlmcore(capsys, "demo", *SIZE, "--format", "json")

        month = json.loads(said.out)
        number = {name: Decimal(month[name]) for name in ("entitled", "paid", "unpaid", "ledger", "payouts", "held")}
        assert (said.code, said.err, month["people"], month["orders"]) == (0, "", 60, 120)
        assert number["payouts"] + number["held"] == number["ledger"] == number["paid"] > 0
        assert number["paid"] + number["unpaid"] == number["entitled"]
        assert sum(map(Decimal, month["by_bonus"].values())) == number["paid"]
        assert summed(month["statement"]) == Decimal(month["statement"]["total"]) > 0
        assert (len(started), [pid for pid in started if is_running(pid)]) == (1, [])

    def test_what_is_kept_can_be_reached(self, open_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """As text: the typed commands start the server, read the ledger and stop it."""
        said = mlmcore(capsys, "demo", *SIZE, "--keep", open_folder / "kept")

        typed = dict(re.findall(r"^  (start|reach|stop) it: +(.*)$", said.out, re.MULTILINE))
        told = re.search(r"payouts of ([0-9.]+) and ([0-9.]+) held back are the ledger's ([0-9.]+), summed", said.out)
        assert told is not None
        query = shlex.quote("SELECT sum(amount) FROM mlmcore.commission_ledger")
        subprocess.run(typed["start"], shell=True, check=True, stdout=subprocess.DEVNULL)
        try:
            found = subprocess.run(
                f"{typed['reach']} -At -c {query}", shell=True, check=True, capture_output=True, text=True
            )
        finally:
            subprocess.run(typed["stop"], shell=True, check=True, stdout=subprocess.DEVNULL)

        assert (said.code, said.err) == (0, "")
        assert Decimal(told[1]) + Decimal(told[2]) == Decimal(told[3]) == Decimal(found.stdout.strip())

    def test_a_folder_that_holds_something_is_refused(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Before anything is started."""
        (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")

        said = mlmcore(capsys, "demo", "--keep", tmp_path)

        assert (said.code, said.err) == (2, f"mlmcore: {tmp_path} is there already; name a new or an empty folder\n")
