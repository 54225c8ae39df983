"""Decimals that are read all at once are those that are read one by one."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mlmcore.domain.decimals import parse_decimal
from mlmcore.domain.exact import from_units
from mlmcore.repositories.columnar.plain_decimals import plain_decimals

SPELLINGS = st.text('0123456789.-"+e ٣', max_size=24) | st.decimals(
    allow_nan=False, allow_infinity=False, places=2
).map(lambda number: f"{number:f}")


def read(texts: list[str | None], places: int) -> list[Decimal | None]:
    """The decimals behind some texts, None where one is not plain."""
    octets = [b"" if text is None else text.encode() for text in texts]
    lengths = np.array([-1 if text is None else len(text.encode()) for text in texts], dtype=np.int64)
    starts = np.cumsum([0, *map(len, octets)], dtype=np.int64)[:-1]
    found = plain_decimals(np.frombuffer(b"".join(octets), dtype=np.uint8), starts, lengths, places)
    pairs = zip(found.plain.tolist(), found.scaled.tolist(), strict=True)
    return [from_units(scaled, places) if plain else None for plain, scaled in pairs]


class TestPlainDecimals:
    @given(texts=st.lists(SPELLINGS | st.none(), max_size=6), places=st.integers(0, 12))
    @example(texts=["999999999999999999", "-0.00", '"-1.5"', "."], places=0)
    @example(texts=["1.00", "9999999999999999.99", "12345678901234567.8", "--1"], places=2)
    def test_whatever_is_read_is_what_the_rule_reads(self, texts: list[str | None], places: int) -> None:
        """With its quotes or without; what the rule refuses is never read."""
        for text, number in zip(texts, read(texts, places), strict=True):
            if number is not None:
                assert text is not None
                bare = text[1:-1] if text.startswith('"') else text
                assert number == parse_decimal(bare, places)

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("5", "5"),
            ("-12.5", "-12.5"),
            ('"0.01"', "0.01"),
            ("9999999999999999.99", "9999999999999999.99"),
            ("007", "7"),
            ("-0", "0"),
        ],
    )
    def test_numbers_as_people_write_them_are_read(self, text: str, number: str) -> None:
        """Nothing of this is left over for the slow way."""
        assert read([text], 2) == [Decimal(number)]

    @pytest.mark.parametrize(
        "text",
        [
            None,
            "",
            '"',
            '""',
            "-",
            ".5",
            "5.",
            "1.2.3",
            "1.234",
            "+1",
            "1e3",
            " 1",
            "null",
            "true",
            "12345678901234567",
        ],
    )
    def test_everything_else_is_left_to_the_rule(self, text: str | None) -> None:
        """Also what might leave int64, and what is finer than the column."""
        assert read([text], 2) == [None]

    def test_of_no_texts_there_are_none(self) -> None:
        """No rows."""
        assert read([], 2) == []
