"""Columns of an Arrow stream as arrays: ids of any type that can be one, and whole numbers.

Buffers are read as they lie there, so a column of UUIDs costs no Python object for each row. Nothing here knows about
trees, nor imports a library for Arrow: `arrow` hands in the arrays of nanoarrow. Always an array's own view is taken,
never the child or the dictionary of a view: those don't keep the memory alive that they show.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.genealogy._arrays import Bools, Ints64, Keys
from mlmcore.genealogy.ids import _uuid_texts
from mlmcore.genealogy.ids._texts import KeyTexts, Texts, Utf8Texts

__all__ = [
    "Part",
    "read_fixed_column",
    "read_ids_column",
    "read_text_column",
    "read_uuid_column",
    "read_whole_numbers",
]

_BYTES: Final = frozenset(("binary", "large_binary", "binary_view", "fixed_size_binary"))
_NULLS: Final = "na"
"""The type of a column that holds nothing at all."""
_WIDEST_NUMBER: Final = 8
_INLINE: Final = 12
"""Texts of so many bytes stand within an Arrow view; longer ones stand in a buffer that it points to."""


@frozen(kw_only=True, eq=False)
class Part:
    """What one chunk of a stream holds of one column.

    Attributes:
        array: nanoarrow's `CArray` of the column.
        valid: bool[n]: whether the chunk's rows are there at all.
        start: Which of the column's rows is the chunk's first.
    """

    array: Any
    valid: Bools
    start: int = 0

    def __len__(self) -> int:
        return len(self.valid)


def read_ids_column(parts: Sequence[Part]) -> Texts:
    """A column of ids; of bytes, each of 16 is a UUID, and every other is none."""
    texts = read_text_column(parts)
    return _uuids(texts) if parts and _is_bytes(parts[0].array) else texts


def read_uuid_column(parts: Sequence[Part]) -> tuple[Keys, Bools, Bools]:
    """A column of UUIDs, of 16 bytes each or in canonical text: the keys, which rows have one, which have something."""
    texts = read_text_column(parts)
    if parts and _is_bytes(parts[0].array):
        octets = _uuids(texts)
        return octets.keys, octets.sound, texts.valid
    keys = np.zeros((len(texts), 2), dtype=np.uint64)
    sound = texts.valid & (texts.lengths == _uuid_texts.LENGTH)
    decoded = _uuid_texts.decoded(texts.data[texts.starts[sound][:, None] + np.arange(_uuid_texts.LENGTH)])
    keys[sound] = decoded.keys
    sound[sound] = decoded.canonical
    return keys, sound, texts.valid


def read_text_column(parts: Sequence[Part]) -> Utf8Texts:
    """Where the bytes of each row stand."""
    runs = [_runs(part) for part in parts]
    data = runs[0].data if len(runs) == 1 else np.concatenate([run.data for run in runs] or [_NO_DATA])
    before = np.cumsum([0, *(len(run.data) for run in runs)])
    starts = np.concatenate([run.starts + shift for run, shift in zip(runs, before, strict=False)] or [_NONE])
    lengths = np.concatenate([run.lengths for run in runs] or [_NONE])
    valid = np.concatenate([run.valid for run in runs] or [_NONE > 0])
    return Utf8Texts(data=data, starts=starts, lengths=lengths, valid=valid)


def read_whole_numbers(parts: Sequence[Part]) -> NDArray[Any]:
    """A column of whole numbers; 0 where there is none."""
    numbers = [_whole_numbers(part.array.view(), part) for part in parts]
    return np.concatenate(numbers) if numbers else _NONE


def read_fixed_column(parts: Sequence[Part]) -> tuple[NDArray[Any], Bools]:
    """The values of a column of one width, and which are there."""
    views = [part.array.view() for part in parts]
    values = [_fixed(view, part) for view, part in zip(views, parts, strict=True)]
    valid = [part.valid & _valid(view, part) for view, part in zip(views, parts, strict=True)]
    return (np.concatenate(values), np.concatenate(valid)) if parts else (_NONE, _NONE > 0)


def _fixed(view: Any, part: Part) -> NDArray[Any]:
    rows = _rows(view, part)
    if view.storage_type == "bool":
        return np.unpackbits(_octets_of(view, 1), bitorder="little")[rows].astype(np.bool_)
    if view.storage_type == _NULLS:
        return np.zeros(len(part), dtype=np.int64)
    width = view.layout.element_size_bits[1] // 8
    if width > _WIDEST_NUMBER:
        return _octets_of(view, 1)[rows.start * width : rows.stop * width].reshape(-1, width)
    return _buffer(view, 1)[rows]


def _whole_numbers(view: Any, part: Part) -> NDArray[Any]:
    if view.storage_type == _NULLS:
        return np.zeros(len(part), dtype=np.int64)
    return np.where(part.valid & _valid(view, part), _buffer(view, 1)[_rows(view, part)], 0)


def _uuids(octets: Utf8Texts) -> KeyTexts:
    sound = octets.valid & (octets.lengths == 16)
    keys = np.zeros((len(octets), 2), dtype=np.uint64)
    starts = octets.starts[sound]
    if len(starts) and (np.diff(starts) == 16).all():
        chosen = octets.data[starts[0] : starts[-1] + 16].reshape(-1, 16)
    else:
        chosen = octets.data[starts[:, None] + np.arange(16)]
    keys[sound] = np.ascontiguousarray(chosen).view(">u8")
    return KeyTexts(keys=keys, sound=sound, wrong=lambda row: _octets(octets, row))


def _octets(column: Utf8Texts, row: int) -> bytes | None:
    start = int(column.starts[row])
    return column.data[start : start + int(column.lengths[row])].tobytes() if column.valid[row] else None


def _runs(part: Part) -> Utf8Texts:
    """Where each row's bytes stand in the buffers of one chunk."""
    words, view = part.array.dictionary, part.array.view()
    if words is None:
        return _plain_runs(view, part)
    valid = part.valid & _valid(view, part)
    chosen = np.where(valid, _buffer(view, 1)[_rows(view, part)], 0).astype(np.int64)
    of_word = _plain_runs(words.view(), Part(array=words, valid=np.ones(len(words), dtype=np.bool_)))
    if not len(of_word):  # then nothing is valid
        return Utf8Texts(data=of_word.data, starts=chosen, lengths=chosen, valid=valid)
    return Utf8Texts(
        data=of_word.data,
        starts=of_word.starts[chosen],
        lengths=of_word.lengths[chosen],
        valid=valid & of_word.valid[chosen],
    )


def _plain_runs(view: Any, part: Part) -> Utf8Texts:
    rows = _rows(view, part)
    if view.storage_type == _NULLS:
        nothing = np.zeros(len(part), dtype=np.int64)
        return Utf8Texts(data=_NO_DATA, starts=nothing, lengths=nothing, valid=nothing.astype(np.bool_))
    valid = part.valid & _valid(view, part)
    if view.storage_type == "fixed_size_binary":
        width = view.layout.element_size_bits[1] // 8
        starts = np.arange(rows.start, rows.stop, dtype=np.int64) * width
        return Utf8Texts(data=_octets_of(view, 1), starts=starts, lengths=np.full(len(part), width), valid=valid)
    if view.storage_type.endswith("_view"):
        return _view_runs(view, rows, valid)
    offsets = _buffer(view, 1)[rows.start : rows.stop + 1].astype(np.int64)
    return Utf8Texts(data=_octets_of(view, 2), starts=offsets[:-1], lengths=np.diff(offsets), valid=valid)


def _view_runs(view: Any, rows: slice, valid: Bools) -> Utf8Texts:
    """Views of 16 bytes: the length, and then the text itself or which buffer it stands in and where."""
    octets = _octets_of(view, 1)
    fields = octets.view(np.int32).reshape(-1, 4)[rows].astype(np.int64)
    buffers = [octets, *(_octets_of(view, at) for at in range(2, view.n_buffers - 1))]  # the last holds their sizes
    before = np.cumsum([0, *(len(one) for one in buffers)])
    inline = (fields[:, 0] <= _INLINE) | ~valid  # of what is not there, anything may be said
    at_view = np.arange(rows.start, rows.stop) * 16 + 4
    starts = np.where(inline, at_view, before[np.where(inline, 0, fields[:, 2] + 1)] + fields[:, 3])
    return Utf8Texts(data=np.concatenate(buffers), starts=starts, lengths=fields[:, 0], valid=valid)


def _is_bytes(array: Any) -> bool:
    values = array if array.dictionary is None else array.dictionary
    return values.view().storage_type in _BYTES


def _rows(view: Any, part: Part) -> slice:
    first = view.offset + part.start
    return slice(first, first + len(part))


def _valid(view: Any, part: Part) -> Bools:
    bits = _octets_of(view, 0)
    if not len(bits):
        return np.ones(len(part), dtype=np.bool_)
    return np.unpackbits(bits, bitorder="little")[_rows(view, part)].astype(np.bool_)


def _buffer(view: Any, at: int) -> NDArray[Any]:
    return np.asarray(view.buffer(at))


def _octets_of(view: Any, at: int) -> NDArray[np.uint8]:
    return np.frombuffer(view.buffer(at), dtype=np.uint8)


_NO_DATA: Final = np.zeros(0, dtype=np.uint8)
_NONE: Final[Ints64] = np.zeros(0, dtype=np.int64)
