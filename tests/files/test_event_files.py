"""Files of events: one for each of the events that the plan declares."""

from pathlib import Path

import pytest

from cli.commands import ORDERS, PEOPLE, PLAN, company, mlmcore
from mlmcore.compensation.loader import loads_plan
from mlmcore.domain.errors import InputError
from mlmcore.files import read_inputs

EVENTS = '[inputs.events.demos]\nguests = "number"\nlate = "boolean"\n\n'
BONUS = """
[[bonuses]]
id = "demo"
type = "fast_start"
kind = "amount"
source = "events.demos"
amount = "guests"
negative = "zero"
"""
WITH_EVENTS = PLAN.replace("[[bonuses]]", f"{EVENTS}[[bonuses]]", 1) + BONUS
ONCE = "every id stands once; remove one, or rename it"
DEMOS = "id,date,person,guests,late\nd1,2026-03-04,cid,5,true\nd2,2026-03-05,ann,,false\n"


def said(folder: Path, demos: str, **events: str) -> list[str]:
    """Everything that is wrong with a file of events."""
    for name, text in {"people.csv": PEOPLE, "orders.csv": ORDERS, "demos.csv": demos}.items():
        (folder / name).write_text(text, "utf-8")
    files = {name: folder / file for name, file in (events or {"demos": "demos.csv"}).items()}
    with pytest.raises(InputError) as caught:
        read_inputs(loads_plan(WITH_EVENTS), people=folder / "people.csv", orders=folder / "orders.csv", events=files)
    return [str(finding).replace(f"{folder}/", "") for finding in caught.value.findings]


class TestFilesOfEvents:
    """`--events NAME=FILE`, and what is said of a file that is none."""

    def test_pay_what_the_plan_says_and_the_ledger_names_the_event(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """An empty number is none, and the row below it is left out."""
        monkeypatch.chdir(tmp_path)
        run = company(tmp_path, WITH_EVENTS.replace('amount = "guests"', 'where = "late"\namount = "guests"'))
        (tmp_path / "demos.csv").write_text(DEMOS, "utf-8")

        assert mlmcore(capsys, *run, "--events", "demos=demos.csv").code == 0

        ledger = (tmp_path / "out" / "ledger.csv").read_text("utf-8").splitlines()
        assert ledger[-1] == "cid,demo,fast_start,d1,cid,,5.00,1,5.00"

    def test_everything_that_is_wrong_is_said_at_once(self, tmp_path: Path) -> None:
        """With file, line and column."""
        demos = "id,date,person,guests,late\nd1,2026-03-4,dot,5,true\nd1,2026-03-04,,1.555,\n"

        assert said(tmp_path, demos) == [
            "demos.csv:2: date: '2026-03-4' is not a date; write it as 2026-03-31",
            "demos.csv:2: person: 'dot' is nobody in the people file; correct it, or add the person",
            "demos.csv:3: guests: 1.555 has 3 decimal places where 2 are allowed; round it before it comes here",
            f"demos.csv:3: id d1: the id is given 2 times (line 2, line 3); {ONCE}",
            "demos.csv:3: late: is empty; write a value",
            "demos.csv:3: person: is empty; write the id of the person",
        ]

    def test_a_file_that_is_missing_and_one_of_no_declared_events(self, tmp_path: Path) -> None:
        """The nearest name is told."""
        assert said(tmp_path, DEMOS, demo="demos.csv") == [
            "events: the plan declares no events 'demo'; did you mean 'demos'?",
            "events: the plan reads the events 'demos', and no file gives them; give it: --events demos=FILE",
        ]

    def test_what_the_run_finds_is_told_with_the_line(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Somebody who joined after the period has no events in it."""
        monkeypatch.chdir(tmp_path)
        run = company(tmp_path, WITH_EVENTS, PEOPLE + "zoe,active,2027-01-01,ann\n")
        (tmp_path / "demos.csv").write_text(DEMOS.replace("d2,2026-03-05,ann,,", "d2,2026-03-05,zoe,1,"), "utf-8")

        told = mlmcore(capsys, *run, "--events", "demos=demos.csv")

        assert told.err == (
            "mlmcore: demos.csv:3: event demos d2: its person is not in the run; "
            "the person must have joined by the period's end\n"
        )

    def test_arguments_that_say_something_else_are_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Both at once; the file that is still there is looked for too."""
        monkeypatch.chdir(tmp_path)
        run = company(tmp_path, WITH_EVENTS)

        told = mlmcore(capsys, *run, "--events", "demos", "--events", "demos=a.csv", "--events", "demos=b.csv")

        assert told.err.splitlines()[:3] == [
            "mlmcore: 3 findings:",
            "events: --events 'demos' has no NAME=FILE; write it as cycles=cycles.csv",
            "events: --events 'demos=b.csv' gives demos a second time; give each file once",
        ]
