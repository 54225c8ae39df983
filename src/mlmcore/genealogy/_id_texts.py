"""Ids as users write them, in whichever form they come, and their keys.

Texts come as a sequence of `str`, as one numpy array of text, or as one buffer of UTF-8. Canonical UUIDs are read by
arithmetic (`_uuid_texts`); everything else goes through `key_of`, row by row, which is the rule. Who else has the same
id is decided elsewhere.
"""

from collections.abc import Sequence
from typing import Any, Protocol, cast
from uuid import UUID

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from mlmcore.domain.errors import InputError
from mlmcore.domain.ids import key_of
from mlmcore.genealogy import _uuid_texts
from mlmcore.genealogy._arrays import Bools, Ints64, Keys, input_error
from mlmcore.genealogy._keys import check_size, keys_of_uuids
from mlmcore.genealogy._uuid_texts import LENGTH

__all__ = [
    "Labels",
    "ReadTexts",
    "Texts",
    "Utf8Texts",
    "objects",
    "read_texts",
    "texts_of",
    "uuid_labels",
]

Labels = Sequence[str] | Sequence[str | None] | NDArray[np.str_] | NDArray[np.bytes_] | NDArray[np.object_]
"""What counts as labels for a caller; an array of bytes holds UTF-8. None is no id; of an upline it means nobody."""


class Texts(Protocol):
    """A column of texts."""

    def __len__(self) -> int:
        """How many rows there are."""
        ...

    def candidates(self) -> tuple[Bools, NDArray[Any]]:
        """bool[n]: which texts have the length of a canonical UUID; unsigned[m, 36]: the characters of those."""
        ...

    def text(self, row: int) -> Any:
        """What stands in a row: a `str`, or what is wrong with it."""
        ...

    def all(self) -> NDArray[np.object_]:
        """object[n]: every row's text."""
        ...


@frozen(kw_only=True, eq=False)
class ReadTexts:
    """What texts say; arrays by row.

    Attributes:
        keys: uint64[n, 2]: zero where a text is no id.
        sound: bool[n]: whether it is one.
        canonical: Whether every text is what its key alone gives back: a UUID in lower case.
    """

    keys: Keys
    sound: Bools
    canonical: bool


def read_texts(texts: Texts) -> ReadTexts:
    """The keys of texts.

    Raises:
        InputError: There are more than a genealogy holds; then nothing is read.
    """
    check_size(len(texts))
    usual, characters = texts.candidates()
    decoded = _uuid_texts.decoded(characters)
    if usual.all() and decoded.canonical.all():
        return ReadTexts(keys=decoded.keys, sound=usual, canonical=bool(decoded.lower.all()))
    keys = np.zeros((len(texts), 2), dtype=np.uint64)
    keys[usual] = decoded.keys
    sound = usual.copy()
    sound[usual] = decoded.canonical
    odd = np.flatnonzero(~sound)
    found = [_key_or_none(texts.text(row)) for row in odd.tolist()]
    sound[odd] = [key is not None for key in found]
    keys[odd] = keys_of_uuids([UUID(int=0) if key is None else key for key in found])
    return ReadTexts(keys=keys, sound=sound, canonical=False)


def texts_of(labels: Labels) -> Texts:
    """Labels in any form that a caller may bring, as texts.

    Raises:
        InputError: An array holds something else, or has another shape.
    """
    if not isinstance(labels, np.ndarray):
        return ListTexts(labels=labels)
    if labels.ndim != 1 or labels.dtype.kind not in "USOT":  # O: objects; T: numpy's texts of any width
        raise input_error("ids.dtype", f"the ids are {labels.dtype} of shape {labels.shape}", "give one text for each")
    if labels.dtype.kind in "US":
        return ArrayTexts(array=labels)
    check_size(len(labels))
    return ListTexts(labels=labels.tolist())


@frozen(kw_only=True, eq=False)
class ListTexts:
    """A sequence of Python's texts."""

    labels: Sequence[object]

    def __len__(self) -> int:
        return len(self.labels)

    def candidates(self) -> tuple[Bools, NDArray[Any]]:
        """See `Texts`."""
        usual = [isinstance(text, str) and len(text) == LENGTH and text.isascii() for text in self.labels]
        chosen = np.array(usual, dtype=np.bool_)
        joined = "".join(cast("str", text) for text, is_usual in zip(self.labels, usual, strict=True) if is_usual)
        return chosen, np.frombuffer(joined.encode("ascii"), dtype=np.uint8).reshape(-1, LENGTH)

    def text(self, row: int) -> Any:
        """See `Texts`."""
        return self.labels[row]

    def all(self) -> NDArray[np.object_]:
        """See `Texts`."""
        return objects(self.labels)


@frozen(kw_only=True, eq=False)
class ArrayTexts:
    """One numpy array of text of a fixed width, or of bytes that hold UTF-8."""

    array: NDArray[Any]

    def __len__(self) -> int:
        return len(self.array)

    def candidates(self) -> tuple[Bools, NDArray[Any]]:
        """See `Texts`."""
        code = np.dtype(np.uint8 if self.array.dtype.kind == "S" else np.uint32).newbyteorder(
            self.array.dtype.byteorder
        )
        width = self.array.dtype.itemsize // code.itemsize
        if width < LENGTH:
            return np.zeros(len(self), dtype=np.bool_), np.empty((0, LENGTH), dtype=np.uint8)
        characters = np.ascontiguousarray(self.array).view(code).reshape(-1, width)
        usual = (characters[:, LENGTH - 1] != 0) & (characters[:, LENGTH:] == 0).all(axis=1)
        return usual, characters[:, :LENGTH] if usual.all() else characters[usual, :LENGTH]

    def text(self, row: int) -> Any:
        """See `Texts`."""
        item = self.array[row]
        return _decoded(item) if isinstance(item, bytes) else str(item)

    def all(self) -> NDArray[np.object_]:
        """See `Texts`."""
        items = self.array.tolist()
        return objects([_decoded(item) for item in items] if self.array.dtype.kind == "S" else items)


@frozen(kw_only=True, eq=False)
class Utf8Texts:
    """Texts one after the other in one buffer, as Arrow keeps them.

    Attributes:
        data: uint8[...]: UTF-8.
        offsets: int64[n + 1]: where each text begins in it, and where the last ends.
    """

    data: NDArray[np.uint8]
    offsets: Ints64 = field()

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def candidates(self) -> tuple[Bools, NDArray[Any]]:
        """See `Texts`."""
        usual = np.diff(self.offsets) == LENGTH
        if usual.all():
            return usual, self.data[self.offsets[0] : self.offsets[-1]].reshape(-1, LENGTH)
        starts = self.offsets[:-1][usual]
        return usual, self.data[starts[:, None] + np.arange(LENGTH)]

    def text(self, row: int) -> Any:
        """See `Texts`."""
        return _decoded(self.data[self.offsets[row] : self.offsets[row + 1]].tobytes())

    def all(self) -> NDArray[np.object_]:
        """See `Texts`."""
        return objects([self.text(row) for row in range(len(self))])


def uuid_labels(keys: Keys) -> list[str]:
    """The canonical text of each key."""
    text = _uuid_texts.encoded(keys).tobytes().decode("ascii")
    return [text[at : at + LENGTH] for at in range(0, len(text), LENGTH)]


def objects(labels: Sequence[object]) -> NDArray[np.object_]:
    """object[n], writable."""
    array = np.empty(len(labels), dtype=np.object_)
    array[:] = list(labels)
    return array


def _key_or_none(label: object) -> UUID | None:
    try:
        return key_of(label) if label and isinstance(label, str) else None  # an error is slow, and roots name nobody
    except InputError:
        return None


def _decoded(item: bytes) -> str | bytes:
    try:
        return item.decode("utf-8")
    except UnicodeDecodeError:
        return item
