"""Plans with a few lines broken at random: each is refused with findings, or means what can be written out."""

from contextlib import suppress
from pathlib import Path
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from mlmcore.compensation.loader import dumps_plan, loads_plan
from mlmcore.domain.errors import InputError

TEXTS: Final = [
    path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parents[2] / "data" / "plans").glob("*.toml"))
]
VALUES: Final = [
    '"true"', "true", "0", "-1", "0.1", "99999999999999999999", "nan", '""', "[]", "{}", "2026-03-01", "[0.1, 0.2]",
    "[[0, 1], [0, 2]]", '"none"', '"personal"', '"rank"', '"level"', '"payee.rank"', '"me.personal"', '"company.pv"',
    '"sum(front, personal)"', '"1 / 0"', '"orders"', '"people"', '"week"', '"event"', '"account:house"', '"unlimited"',
]  # fmt: skip
WRAPS: Final = [
    "({}) + 1", "not ({})", "-({})", "({}) / 3", "round({}, 2)", "sum(front, {})", "me.{}", "previous.{}",
    "({}) == none", "ratio({}, 2, zero=0)", "rolling(3, {})", "({}", "({}) if true else 0",
]  # fmt: skip


@st.composite
def broken_plans(draw: st.DrawFn) -> str:
    """One of the published plans, up to three times changed."""
    lines = draw(st.sampled_from(TEXTS)).split("\n")
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        key, equals, value = lines[at].partition("=")
        match draw(st.sampled_from(["gone", "twice", "value", "wrapped", "character"])):
            case "gone":
                del lines[at]
                lines = lines or [""]
            case "twice":
                lines.insert(draw(st.integers(0, len(lines))), lines[at])
            case "value" if equals:
                lines[at] = f"{key}= {draw(st.sampled_from(VALUES))}"
            case "wrapped" if value.strip().startswith('"'):
                lines[at] = f'{key}= "{draw(st.sampled_from(WRAPS)).replace("{}", value.strip().strip(chr(34)))}"'
            case _:
                place = draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:place] + draw(st.sampled_from("()[]{}\"'.,=*/# 0e\t")) + lines[at][place + 1 :]
    return "\n".join(lines)


class TestBrokenPlans:
    """`loads_plan` of what nobody meant to write."""

    @given(broken_plans())
    def test_they_are_refused_in_words_or_mean_something(self, text: str) -> None:
        """Never another error; what is read can be written, and is read from there as the same."""
        plan = None
        with suppress(InputError):
            plan = loads_plan(text)
        if plan is not None:
            assert loads_plan(dumps_plan(plan)) == plan
