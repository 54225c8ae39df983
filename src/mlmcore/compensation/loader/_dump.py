"""From a `Plan` to the text of its document: `dumps_plan`, the way back from `loads_plan`."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from attrs import evolve

from mlmcore.compensation._toml_text import toml_key, toml_value
from mlmcore.compensation.loader._load import loads_plan
from mlmcore.compensation.loader._written import document_values
from mlmcore.compensation.plan import Plan

_TABLES_EACH: Final = frozenset({"boards", "tables", "trees", "variants"})
"""Sections whose entries have a header each."""
_FIRST: Final = ("id", "type", "kind")
"""Keys that a reader looks for first."""


def dumps_plan(plan: Plan) -> str:
    """Return a plan as a TOML document that reads back to an equal plan.

    It is whole: what the plan extends is in it, and each of its variants, as what that changes. A plan into which a
    variant was merged is written as a plan of its own, without the variant's name and without variants.

    Args:
        plan: From the loader, or written in Python.

    Raises:
        InputError: With everything that is wrong with the plan.
        ValueError: The plan holds something that a document cannot say.
    """
    plan = plan.checked()
    text = "\n".join(_sections(plan))
    back = loads_plan(text, "<dumped>")
    if back != evolve(plan, variant="") or set(back.variants) != set(plan.variants):
        raise ValueError(f"the plan {plan.id!r} holds something that a document cannot say")
    return text


def _sections(plan: Plan) -> Iterator[str]:
    """The header, a section for each field that holds parts, and the variants."""
    variants = {"variants": plan.variants} if plan.variants else {}
    for name, value in {**document_values(plan), **variants}.items():
        yield from _section(name, value)


def _section(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for part in value:
            known_by = {key: part[key] for key in _FIRST if key in part}
            yield _table(f"[[{name}]]", {**known_by, **part})
    elif name in _TABLES_EACH:
        for key, part in value.items():
            yield _table(f"[{name}.{toml_key(key)}]", part)
    else:
        yield _table(f"[{name}]", value)


def _table(header: str, values: Mapping[str, Any]) -> str:
    return "\n".join([header, *(f"{toml_key(key)} = {toml_value(value)}" for key, value in values.items())]) + "\n"
