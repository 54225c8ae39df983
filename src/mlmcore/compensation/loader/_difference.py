"""What a variant changes: a small document that, merged over the plan's, makes the variant's (`_document.merge`).

The variant as it was written is not kept: it may be spread over several files, and say what a whole plan spells
otherwise. Both plans are at hand, so the difference of their values is.
"""

from collections.abc import Mapping
from typing import Any

from mlmcore.compensation._toml_text import toml_value
from mlmcore.compensation.loader._document import BY_ID

__all__ = ["difference"]

Values = Mapping[str, Any]


def difference(old: Values, new: Values) -> dict[str, Any]:
    """Return the partial document that makes one document of another, both as `_written.document_values` has them."""
    changed: dict[str, Any] = {}
    dropped: list[str] = []
    for name in dict.fromkeys([*old, *new]):
        if name in BY_ID:
            changed[name], gone = _of_elements(name, old.get(name, []), new.get(name, []))
            dropped += gone
        else:
            changed[name] = _of_tables(old.get(name, {}), new.get(name, {}))
    found = {name: value for name, value in changed.items() if value}
    return {"drop": dropped, **found} if dropped else found


def _of_tables(old: Values, new: Values) -> dict[str, Any]:
    """Keys that are new or have another value, tables by what changes in them, and what is dropped."""
    changed = {key: _of_values(old.get(key), value) for key, value in new.items() if not _same(old.get(key), value)}
    gone = [key for key in old if key not in new]
    return {"drop": gone, **changed} if gone else changed


def _of_values(old: Any, new: Any) -> Any:
    return _of_tables(old, new) if isinstance(old, Mapping) and isinstance(new, Mapping) else new


def _of_elements(name: str, old: list[Values], new: list[Values]) -> tuple[Any, list[str]]:
    """Elements by id that change or are new, and the ids of those that are dropped.

    Where one has no id, or they stand in another order, all are dropped and given anew.
    """
    ids = [[str(element.get("id", "")) for element in elements] for elements in (old, new)]
    if _same(old, new):
        return {}, []
    if "" in ids[0] + ids[1]:
        return list(new), [name] if old else []
    kept = [one for one in ids[0] if one in ids[1]]
    if ids[1][: len(kept)] != kept:
        return list(new), ids[0]
    before = dict(zip(ids[0], old, strict=True))
    changed = {one: _of_values(before.get(one), element) for one, element in zip(ids[1], new, strict=True)}
    return {one: value for one, value in changed.items() if value}, [one for one in ids[0] if one not in kept]


def _same(old: Any, new: Any) -> bool:
    """Whether two values are written alike: 1.0 is not 1, since it has other decimal places."""
    return old is not None and toml_value(old) == toml_value(new)
