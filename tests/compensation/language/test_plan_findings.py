"""Everything that can be wrong with a plan's document: each message whole, with line and path.

The files of `plan_findings/` list changes to the plan of `plan_texts` that make it wrong, and all that is then said.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from compensation.language.plan_texts import PLAN, changed
from mlmcore.compensation.loader import load_plan, loads_plan
from mlmcore.domain.errors import InputError

CASES = [
    case
    for file in sorted(Path(__file__).with_name("plan_findings").glob("*.json"))
    for case in json.loads(file.read_text("utf-8"))
]


def _said(text: str) -> list[str]:
    """Return what is said about a wrong plan, one line each."""
    with pytest.raises(InputError) as caught:
        loads_plan(text, "starter.toml")
    return [str(finding) for finding in caught.value.findings]


class TestOneThingWrong:
    @pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['replace']}=>{case['by']}"[:60].strip())
    def test_is_said_whole(self, case: dict[str, Any]) -> None:
        """What is wrong, where, and what to do: the whole text, and nothing about what follows from it."""
        said = _said(changed(case["replace"], case["by"]))

        assert said == case["findings"]


class TestSeveralThingsWrong:
    def test_are_said_together_in_the_order_of_lines(self) -> None:
        """Nobody mends a plan one error at a time."""
        text = (
            changed('version = "1"', "version = 1")
            .replace("personal >= active_pv", "persnal >= 1")
            .replace('counts = "active"\n', "")
        )

        said = _said(text)

        assert [line.split(":")[1] for line in said] == ["3", "33", "49"]

    def test_a_name_that_is_wrong_itself_is_reported_once(self) -> None:
        """Whatever reads a broken measure says nothing more."""
        assert len(_said(changed('"sum(orders, pv)"', '"sum(orders, pw)"'))) == 1

    def test_a_bonus_that_cannot_be_read_is_reported_once(self) -> None:
        """Whatever reads its columns says nothing more."""
        text = changed('kind = "levels"', 'kind = "pond"').replace('"50 if rank >= silver else 0"', '"walk.paid"')

        said = _said(text)

        assert len(said) == 1


class TestWordsOfTheLanguage:
    @pytest.mark.parametrize(
        "word", ["true", "false", "none", "level", "period", "company", "previous", "unlimited", "sum", "front", "me"]
    )
    def test_are_no_names_of_a_plan(self, word: str) -> None:
        """An expression could mean either."""
        (said,) = _said(changed("[parameters]\n", f"[parameters]\n{word} = 1\n"))

        assert said == f"starter.toml:21: parameters.{word}: '{word}' is reserved; rename it"


class TestCodes:
    def test_tell_a_missing_key_from_a_wrong_value(self) -> None:
        """For whoever reads findings by program."""
        with pytest.raises(InputError) as caught:
            loads_plan(changed('counts = "active"\n', 'where = "personal"\n'))

        assert [finding.code for finding in caught.value.findings] == ["plan.missing", "plan.value"]


class TestExpressions:
    def test_of_one_character_need_no_position(self) -> None:
        """It is the whole of what the plan writes."""
        (said,) = _said(PLAN.replace('"sum(orders, pv)"', '"x"', 1))

        assert "unknown name 'x'; " in said


class TestFiles:
    def test_that_are_not_utf8_are_refused_with_the_line(self, tmp_path: Path) -> None:
        """The byte that can't be read is named."""
        path = tmp_path / "plan.toml"
        path.write_bytes(b'[plan]\nid = "\xff"\n')

        with pytest.raises(InputError) as caught:
            load_plan(path)

        assert str(caught.value) == f"{path}:2: not UTF-8: byte 0xff; save it as UTF-8"

    def test_may_begin_with_a_byte_order_mark(self, tmp_path: Path) -> None:
        """Some editors write one."""
        path = tmp_path / "plan.toml"
        path.write_bytes(b"\xef\xbb\xbf" + PLAN.encode())

        assert load_plan(path).id == "starter"

    def test_without_a_plan_are_refused(self) -> None:
        """An empty document misses its first section, and says so once."""
        assert _said("") == [
            "starter.toml: plan: is missing; write a section [plan] with id, version, period, currency, rounding, ..."
        ]

    def test_an_unknown_variant_is_refused(self) -> None:
        """With the nearest name."""
        with pytest.raises(InputError) as caught:
            loads_plan(PLAN, "starter.toml", variant="genrous")

        assert str(caught.value) == "starter.toml: there is no variant 'genrous'; did you mean 'generous'?"
