"""The canonical text of a UUID and its key, by arithmetic over whole arrays: no Python object for each.

The canonical text is 36 ASCII characters, hexadecimal digits in either case with hyphens at four places. What other
text means as an id, and which spelling is kept, is decided elsewhere (`_texts`).
"""

from typing import Any, Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.genealogy._arrays import Bools, Keys

__all__ = ["LENGTH", "Decoded", "decoded", "encoded"]

Characters = NDArray[np.uint8]

LENGTH: Final = 36
_HYPHENS: Final = [8, 13, 18, 23]
_GROUPS: Final = tuple(
    (slice(start, stop), slice(start - hyphens, stop - hyphens))
    for hyphens, (start, stop) in enumerate(((0, 8), (9, 13), (14, 18), (19, 23), (24, 36)))
)
"""Where the digits between the hyphens stand in the text, and where among all digits."""
_SMALL: Final = np.uint8(0x20)
"""The bit that makes a letter small."""
_CHUNK: Final = 1 << 13
"""Texts worked on at once: the intermediate arrays then stay in the processor's cache, which is twice as fast."""


@frozen(kw_only=True, eq=False)
class Decoded:
    """What texts of the right length say; arrays by text.

    Attributes:
        keys: uint64[m, 2]: zero where the text is not canonical.
        canonical: bool[m]: whether it is, in either case.
        lower: bool[m]: whether it is, without a capital: the one spelling that the key alone gives back.
    """

    keys: Keys
    canonical: Bools
    lower: Bools


def decoded(characters: NDArray[Any]) -> Decoded:
    """Read texts.

    Args:
        characters: unsigned[m, 36]: the code of each character; bytes of UTF-8 or whole code points.
    """
    count = len(characters)
    result = Decoded(
        keys=np.zeros((count, 2), dtype=np.uint64), canonical=np.zeros(count, np.bool_), lower=np.zeros(count, np.bool_)
    )
    for start in range(0, count, _CHUNK):
        _decode(characters[start : start + _CHUNK], result, slice(start, start + _CHUNK))
    return result


def encoded(keys: Keys) -> Characters:
    """uint8[m, 36]: the canonical text of each key, in lower case."""
    texts = np.full((len(keys), LENGTH), ord("-"), dtype=np.uint8)
    for start in range(0, len(keys), _CHUNK):
        octets = keys[start : start + _CHUNK].astype(">u8").view(np.uint8)
        digits = _PAIRS.take(octets).view(np.uint8)
        for target, source in _GROUPS:
            texts[start : start + _CHUNK, target] = digits[:, source]
    return texts


def _decode(characters: NDArray[Any], result: Decoded, at: slice) -> None:
    if characters.dtype != np.uint8:  # code points; no digit is beyond ASCII
        characters = np.where(characters < 0x80, characters, 0).astype(np.uint8)
    digits = np.empty((len(characters), 32), dtype=np.uint8)
    for source, target in _GROUPS:
        digits[:, target] = characters[:, source]
    letter = (digits | _SMALL) - np.uint8(ord("a")) < 6  # what is below wraps around, and is large then
    wrong = ~letter & (digits - np.uint8(ord("0")) >= 10)
    hyphens = (characters[:, _HYPHENS] == ord("-")).all(axis=1)
    result.canonical[at] = canonical = hyphens & ~_any(wrong)
    result.lower[at] = canonical & ~_any(letter & (digits & _SMALL == 0))
    values = (digits & 0x0F) + letter * np.uint8(9)
    pairs = values.view("<u2")  # two digits each, the first in the low byte
    octets = (pairs << 4 | pairs >> 8).astype(np.uint8)
    result.keys[at] = np.where(canonical[:, None], octets.view(">u8"), np.uint64(0))


def _any(flags: Bools) -> Bools:
    """bool[m]: whether one of the 32 flags of a row is set; looks at eight at a time, ten times as fast as `any`."""
    eight = flags.view(np.uint64)
    found: Bools = (eight[:, 0] | eight[:, 1] | eight[:, 2] | eight[:, 3]) != 0
    return found


_PAIRS: Final = np.array([list(f"{octet:02x}".encode()) for octet in range(256)], dtype=np.uint8).view("<u2").ravel()
"""uint16[256]: the two digits of each octet, the first in the low byte."""
