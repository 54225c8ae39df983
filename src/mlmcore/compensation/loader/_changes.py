"""What two plans say differently, key by key: `plan_changes`."""

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from mlmcore.compensation._toml_text import toml_key, toml_value
from mlmcore.compensation.loader._written import document_values
from mlmcore.compensation.plan import Plan

__all__ = ["PlanChange", "plan_changes"]


@frozen(kw_only=True)
class PlanChange:
    """One key that two plans say differently.

    Attributes:
        path: Where it stands: `bonuses.unilevel.rates`.
        before: Its value in the first plan, as TOML; None where that has no such key.
        after: Its value in the second.
    """

    path: str
    before: str | None
    after: str | None


def plan_changes(before: Plan, after: Plan) -> tuple[PlanChange, ...]:
    """Return what two plans say differently, in the order of the first, and then what only the second says.

    A key that is left out and one that is written at its default are the same.

    Args:
        before: From the loader, or written in Python.
        after: Likewise.
    """
    old, new = (dict(_keys("", document_values(plan))) for plan in (before, after))
    return tuple(
        PlanChange(path=path, before=old.get(path), after=new.get(path))
        for path in {**old, **new}
        if old.get(path) != new.get(path)
    )


def _keys(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Each value that is no table, under the names of the tables it stands in."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _keys(f"{path}.{toml_key(str(key))}" if path else str(key), item)
    elif isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        for place, item in enumerate(value):
            yield from _keys(f"{path}.{toml_key(item['id'])}" if "id" in item else f"{path}[{place}]", item)
    else:
        yield path, toml_value(value)
