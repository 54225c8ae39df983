"""Decimals out of very many texts at once: those that are spelt plainly, as numbers nearly always are.

What is plain here, `domain.decimals.parse_decimal` reads alike, to the last digit; a test holds the two together.
Everything else is left to it: it knows what to say.
"""

from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

__all__ = ["PlainDecimals", "plain_decimals"]

_DIGITS_MAX: Final = 18
"""So many digits fit into int64, whatever they are."""
_LENGTH_MAX: Final = _DIGITS_MAX + 1
_QUOTE, _MINUS, _POINT, _ZERO, _NINE = b'"-.09'


@frozen(kw_only=True, eq=False)
class PlainDecimals:
    """What was read.

    Attributes:
        plain: bool[n]: which texts were.
        scaled: int64[n]: their values in units of the last decimal place; 0 where a text was not.
    """

    plain: NDArray[np.bool_]
    scaled: NDArray[np.int64]


def plain_decimals(
    octets: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64], places: int
) -> PlainDecimals:
    """Read those texts that are plain: digits, perhaps a point with some behind it, perhaps a minus, perhaps quotes.

    Args:
        octets: uint8[m]: the texts, one after the other.
        starts: int64[n]: where each begins.
        lengths: int64[n]: how long each is; below 0 where there is none.
        places: How many digits may stand behind the point, and how many the results have.
    """
    octets = np.append(octets, np.zeros(1, dtype=np.uint8))  # of what is empty, some byte may be asked
    starts, lengths = _unquoted(octets, starts, np.maximum(lengths, 0))
    negative = (lengths > 0) & (_at(octets, starts) == _MINUS)
    starts, lengths = starts + negative, lengths - negative
    sound = (lengths > 0) & (lengths <= _LENGTH_MAX)
    value = np.zeros(len(starts), dtype=np.int64)
    before, behind = np.zeros_like(value), np.zeros_like(value)
    points = np.zeros(len(starts), dtype=np.int8)
    for place in range(int(lengths[sound].max(initial=0))):
        there = sound & (place < lengths)
        octet = np.where(there, _at(octets, starts + place), 0)
        point = octet == _POINT
        digit = (octet >= _ZERO) & (octet <= _NINE)
        sound &= ~there | digit | (point & (points == 0) & (place > 0))
        points += point
        digit &= sound
        value = np.where(digit & (before + behind < _DIGITS_MAX), value * 10 + (octet - np.int64(_ZERO)), value)
        before += digit & (points == 0)
        behind += digit & (points == 1)
    sound &= (behind <= places) & (before + places <= _DIGITS_MAX) & ((points == 0) | (behind > 0))
    scaled = np.where(sound, value, 0) * 10 ** np.where(sound, places - behind, 0)
    return PlainDecimals(plain=sound, scaled=np.where(negative, -scaled, scaled))


def _unquoted(
    octets: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    quoted = (lengths >= 2) & (_at(octets, starts) == _QUOTE) & (_at(octets, starts + lengths - 1) == _QUOTE)
    return starts + quoted, lengths - 2 * quoted


def _at(octets: NDArray[np.uint8], places: NDArray[np.int64]) -> NDArray[np.uint8]:
    return octets[np.clip(places, 0, len(octets) - 1)]
