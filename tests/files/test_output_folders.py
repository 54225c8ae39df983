"""Where an output may go, and what an interrupt leaves of the one that was there."""

from pathlib import Path

import pytest

from cli.commands import ORDERS, PEOPLE, PLAN, contents
from mlmcore.compensation.engine import calculate
from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.result import Result
from mlmcore.domain.errors import RefusedError
from mlmcore.files import read_inputs, write_output


@pytest.fixture
def result(tmp_path: Path) -> Result:
    """A small run; its files are in folder `in`."""
    plan, source = loads_plan(PLAN), tmp_path / "in"
    source.mkdir()
    (source / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (source / "orders.csv").write_text(ORDERS, encoding="utf-8")
    return calculate(plan, read_inputs(plan, people=source / "people.csv", orders=source / "orders.csv"))


class TestFolder:
    @pytest.mark.parametrize("names", [["people.csv"], ["ledger.csv", "people.csv"]], ids=", ".join)
    def test_with_some_of_the_names_of_an_output_is_not_replaced(
        self, names: list[str], result: Result, tmp_path: Path
    ) -> None:
        """A people file is called as one of ours is; an output always has all its files."""
        folder = tmp_path / "data"
        folder.mkdir()
        for name in names:
            (folder / name).write_text("mine", encoding="utf-8")
        before = contents(tmp_path)

        with pytest.raises(RefusedError) as caught:
            write_output(result, folder)

        assert str(caught.value) == (
            f"{folder} holds {', '.join(names)}, which is no output of an earlier run; name a new or an empty folder"
        )
        assert contents(tmp_path) == before

    def test_that_is_empty_is_filled(self, result: Result, tmp_path: Path) -> None:
        """Empty or not there: the same."""
        (tmp_path / "empty").mkdir()

        write_output(result, tmp_path / "empty")
        write_output(result, tmp_path / "new" / "below")

        assert contents(tmp_path / "empty") == contents(tmp_path / "new" / "below") != {}


class TestInterrupt:
    def test_between_the_old_and_the_new_puts_the_old_back(
        self, result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The one moment at which no output stands in its place."""
        folder = tmp_path / "out"
        write_output(result, folder)
        (folder / "ledger.csv").write_text("as it was", encoding="utf-8")
        before = contents(tmp_path)
        rename = Path.rename

        def interrupted(self: Path, target: Path) -> Path:
            if self.name == "new":
                raise KeyboardInterrupt
            return rename(self, target)

        monkeypatch.setattr(Path, "rename", interrupted)

        with pytest.raises(KeyboardInterrupt):
            write_output(result, folder)

        assert contents(tmp_path) == before
