"""Ids as users write them, in whichever form they come, and their keys.

A column of ids is a sequence of `str`, one numpy array of text, one buffer of UTF-8, or keys alone. Canonical UUIDs are
read by arithmetic (`_uuid_texts`); everything else goes through `key_of`, row by row, which is the rule. Who else has
the same id is decided elsewhere.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast
from uuid import UUID

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from mlmcore.domain.errors import InputError
from mlmcore.domain.ids import key_of
from mlmcore.genealogy._arrays import Bools, Ints64, Keys, input_error
from mlmcore.genealogy.ids import _uuid_texts
from mlmcore.genealogy.ids._keys import check_size, keys_of_uuids
from mlmcore.genealogy.ids._uuid_texts import LENGTH

__all__ = [
    "KeyTexts",
    "Labels",
    "ListTexts",
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


@frozen(kw_only=True, eq=False)
class ReadTexts:
    """What a column says; arrays by row.

    Attributes:
        keys: uint64[n, 2]: zero where a text is no id.
        sound: bool[n]: whether it is one.
        canonical: Whether every text is what its key alone gives back: a UUID in lower case.
    """

    keys: Keys
    sound: Bools
    canonical: bool


class Texts(Protocol):
    """A column of ids."""

    def __len__(self) -> int:
        """How many rows there are."""
        ...

    def read(self) -> ReadTexts:
        """The keys; ask for them by `read_texts`, which looks at the size first."""
        ...

    def text(self, row: int) -> Any:
        """What stands in a row: a `str`, or what is wrong with it."""
        ...

    def all(self) -> NDArray[np.object_]:
        """object[n]: every row's text."""
        ...


def read_texts(texts: Texts) -> ReadTexts:
    """The keys of a column.

    Raises:
        InputError: There are more than a genealogy holds; then nothing is read.
    """
    check_size(len(texts))
    return texts.read()


def texts_of(labels: Labels) -> Texts:
    """Labels in any form that a caller may bring, as a column.

    Raises:
        InputError: An array holds something else, or has another shape.
    """
    if not isinstance(labels, np.ndarray):
        return ListTexts(labels=labels)
    if labels.ndim != 1 or labels.dtype.kind not in "USOT":  # O: objects; T: numpy's texts of any width
        raise input_error("ids.dtype", f"the ids are {labels.dtype} of shape {labels.shape}", "give one text for each")
    check_size(len(labels))
    return ArrayTexts(array=labels) if labels.dtype.kind in "US" else ListTexts(labels=labels.tolist())


@frozen(kw_only=True, eq=False)
class ListTexts:
    """A sequence of Python's texts."""

    labels: Sequence[object]

    def __len__(self) -> int:
        return len(self.labels)

    def read(self) -> ReadTexts:
        """See `Texts`."""
        usual = [isinstance(text, str) and len(text) == LENGTH and text.isascii() for text in self.labels]
        joined = "".join(cast("str", text) for text, is_usual in zip(self.labels, usual, strict=True) if is_usual)
        characters = np.frombuffer(joined.encode("ascii"), dtype=np.uint8).reshape(-1, LENGTH)
        return _read(np.array(usual, dtype=np.bool_), characters, self.text)

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

    def read(self) -> ReadTexts:
        """See `Texts`."""
        code = np.dtype(np.uint8 if self.array.dtype.kind == "S" else np.uint32).newbyteorder(
            self.array.dtype.byteorder
        )
        width = self.array.dtype.itemsize // code.itemsize
        if width < LENGTH:
            return _read(np.zeros(len(self), np.bool_), np.empty((0, LENGTH), np.uint8), self.text)
        characters = np.ascontiguousarray(self.array).view(code).reshape(-1, width)
        usual = (characters[:, LENGTH:] == 0).all(axis=1)  # shorter texts are not canonical, as will be seen
        return _read(usual, characters[:, :LENGTH] if usual.all() else characters[usual, :LENGTH], self.text)

    def text(self, row: int) -> Any:
        """See `Texts`."""
        item = self.array[row]
        return _from_utf8(item) if isinstance(item, bytes) else str(item)

    def all(self) -> NDArray[np.object_]:
        """See `Texts`."""
        items = self.array.tolist()
        return objects([_from_utf8(item) for item in items] if self.array.dtype.kind == "S" else items)


@frozen(kw_only=True, eq=False)
class Utf8Texts:
    """Texts in one buffer, as Arrow keeps them.

    Attributes:
        data: uint8[...]: UTF-8.
        starts: int64[n]: where each text begins in it.
        lengths: int64[n]: how many bytes it has.
        valid: bool[n]: whether there is a text at all.
    """

    data: NDArray[np.uint8]
    starts: Ints64
    lengths: Ints64
    valid: Bools

    def __len__(self) -> int:
        return len(self.starts)

    def read(self) -> ReadTexts:
        """See `Texts`."""
        usual = self.valid & (self.lengths == LENGTH)
        starts = self.starts[usual]
        if (np.diff(starts) == LENGTH).all():  # one after the other: nothing has to be collected
            first = int(starts[0]) if len(starts) else 0
            characters = self.data[first : first + LENGTH * len(starts)].reshape(-1, LENGTH)
        else:
            characters = self.data[starts[:, None] + np.arange(LENGTH)]
        return _read(usual, characters, self.text)

    def text(self, row: int) -> Any:
        """See `Texts`."""
        if not self.valid[row]:
            return None
        return _from_utf8(self.data[self.starts[row] : self.starts[row] + self.lengths[row]].tobytes())

    def all(self) -> NDArray[np.object_]:
        """See `Texts`."""
        return objects([self.text(row) for row in range(len(self))])


@frozen(kw_only=True, eq=False)
class KeyTexts:
    """Keys of UUIDs, without any text.

    Attributes:
        keys: uint64[n, 2].
        sound: bool[n]: whether there is one.
        wrong: What stands in a row that is not sound.
    """

    keys: Keys
    sound: Bools
    wrong: Callable[[int], object] = field()

    def __len__(self) -> int:
        return len(self.keys)

    def read(self) -> ReadTexts:
        """See `Texts`."""
        return ReadTexts(keys=self.keys, sound=self.sound, canonical=True)

    def text(self, row: int) -> Any:
        """See `Texts`."""
        return uuid_labels(self.keys[row : row + 1])[0] if self.sound[row] else self.wrong(row)

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


def _read(usual: Bools, characters: NDArray[Any], text: Callable[[int], object]) -> ReadTexts:
    """The keys of texts, most of which may be canonical.

    Args:
        usual: bool[n]: which texts have the length of a canonical UUID.
        characters: unsigned[m, 36]: the characters of those.
        text: What stands in a row.
    """
    decoded = _uuid_texts.decoded(characters)
    if usual.all() and decoded.canonical.all():
        return ReadTexts(keys=decoded.keys, sound=usual, canonical=bool(decoded.lower.all()))
    keys = np.zeros((len(usual), 2), dtype=np.uint64)
    keys[usual] = decoded.keys
    sound = usual.copy()
    sound[usual] = decoded.canonical
    odd = np.flatnonzero(~sound)
    found = [_key_or_none(text(row)) for row in odd.tolist()]
    sound[odd] = [key is not None for key in found]
    keys[odd] = keys_of_uuids([UUID(int=0) if key is None else key for key in found])
    return ReadTexts(keys=keys, sound=sound, canonical=False)


def _key_or_none(label: object) -> UUID | None:
    try:
        return key_of(label) if label and isinstance(label, str) else None  # an error is slow, and roots name nobody
    except InputError:
        return None


def _from_utf8(item: bytes) -> str | bytes:
    try:
        return item.decode("utf-8")
    except UnicodeDecodeError:
        return bytes(item)
