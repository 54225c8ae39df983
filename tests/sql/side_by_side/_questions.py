"""Every question that a repository answers, with arguments made up of what a history knows, and of what is broken.

A verb that changes nothing is a question: it is found by its Protocol, so that a new one is asked from the day on which
it is there. What a verb takes is drawn by the annotation of each argument.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from inspect import Parameter, signature
from random import Random
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import attrs
from attrs import frozen

from mlmcore.domain.compliance import AuditLog
from mlmcore.domain.errors import InputError
from mlmcore.domain.network import GenealogyMove
from mlmcore.genealogy import Genealogy
from mlmcore.genealogy.dated import DatedEdges
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.testing.contracts._family import rows_of
from sql.side_by_side._contents import in_any_order, undated

__all__ = ["QUESTIONS", "Pool", "Question", "ask", "verbs"]

_CHANGES: Final = ("add", "update", "set_", "record_", "replace", "take_stock", "put_back", "begin_", "next_", "keep_")
_MORE_CHANGES: Final = frozenset({"move", "rebuild_paths", "reseal", "erase"})
_BY_COLUMNS: Final = frozenset({"snapshots.read", "columns.read"})
_BROKEN: Final = 0.03
_NUMBERS: Final = {"limit": (1, 2, 3, 1000, 1000, 1000, 0, 10_001), "levels": (0, 1, 2), "width": (1, 2, 3)}
_ZONES: Final = ("UTC", "America/New_York", "Pacific/Kiritimati", "Nowhere")
_FIRST_DAY: Final = date(2024, 12, 30)
_WRONG: Final = ("nonsense", None, 7, "\0")


@frozen(kw_only=True)
class Question:
    """A verb that only answers.

    Attributes:
        repository: Of which repository.
        verb: Its name.
        parameters: What it takes.
    """

    repository: str
    verb: str
    parameters: tuple[Parameter, ...]


@frozen(kw_only=True)
class Pool:
    """What a history knows so far, to ask about.

    Attributes:
        ids: Of whatever was stored.
        texts: Numbers, addresses, names.
        random: Decides.
    """

    ids: Sequence[UUID]
    texts: Sequence[str]
    random: Random

    def argument(self, name: str, annotation: Any) -> Any:
        """Return something that an argument may be, or seldom something that it must not be."""
        return self.random.choice(_WRONG) if self.random.random() < _BROKEN else self._sound(name, annotation)

    def _sound(self, name: str, annotation: Any) -> Any:
        origin, inner = get_origin(annotation), get_args(annotation)
        if origin in (Union, UnionType):
            return None if self.random.random() < 0.5 else self._sound(name, inner[0])
        if origin in (Sequence, Collection, tuple):
            return tuple(self._sound(name, inner[0]) for _ in range(self.random.randrange(3)))
        if isinstance(annotation, type) and issubclass(annotation, StrEnum):
            return self.random.choice(list(annotation))
        if isinstance(annotation, type) and attrs.has(annotation):
            return self._of_class(annotation)
        return self._scalar(name, annotation)

    def _of_class(self, kind: type[Any]) -> Any:
        if kind is AuditLog:  # each store has its own; its pages are gone through in the end
            return None
        return kind(**{item.name: self._sound(item.name, item.type) for item in attrs.fields(kind)})

    def _scalar(self, name: str, kind: Any) -> Any:
        day = _FIRST_DAY + timedelta(days=self.random.randrange(150))
        made: dict[Any, Any] = {
            UUID: self.random.choice([*self.ids, UUID(int=0)]),
            str: self.random.choice(_ZONES if name == "timezone" else [*self.texts, "", "no such"]),
            int: self.random.choice(_NUMBERS.get(name, (0, 1, 2))),
            bool: self.random.random() < 0.5,
            date: day,
            datetime: datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
        }
        return made[kind]


def verbs() -> Iterator[tuple[str, str, Any]]:
    """Every verb of every repository: the repository, the verb, and how its Protocol declares it."""
    for repository, declared in vars(UnitOfWork).items():
        if isinstance(declared, property) and repository not in ("actor", "now"):
            for verb, function in vars(get_type_hints(declared.fget)["return"]).items():
                if not verb.startswith("_"):
                    yield repository, verb, function


def _is_question(repository: str, verb: str) -> bool:
    named = f"{repository}.{verb}" in _BY_COLUMNS or verb in _MORE_CHANGES
    return not named and not verb.startswith(_CHANGES)


QUESTIONS: Final = tuple(
    Question(repository=repository, verb=verb, parameters=tuple(signature(function).parameters.values())[1:])
    for repository, verb, function in verbs()
    if _is_question(repository, verb)
)
"""All of them."""


def ask(question: Question, pool: Pool) -> Any:
    """Return a step that asks a question, or None where the arguments that were drawn are none."""
    positional: list[Any] = []
    named: dict[str, Any] = {}
    try:
        for item in question.parameters:
            whole = question.repository == "audit" and item.name == "limit"  # a page may end within a unit's rows
            value = 10_000 if whole else pool.argument(item.name, item.annotation)
            if item.kind == item.KEYWORD_ONLY:
                named[item.name] = value
            else:
                positional.append(value)
    except InputError:  # a filter that ends before it begins
        return None
    return lambda unit: _shown(getattr(getattr(unit, question.repository), question.verb)(*positional, **named))


def _shown(answer: Any) -> Any:
    if isinstance(answer, Genealogy):
        return rows_of(answer)
    first = answer[0] if isinstance(answer, tuple) and answer else None
    if isinstance(first, GenealogyMove):
        return undated(answer)
    if isinstance(first, AuditLog):
        return in_any_order(answer)
    return _edges(answer) if isinstance(answer, DatedEdges) else answer


def _edges(history: DatedEdges) -> list[Any]:
    """Its rows by person and instant, since they come in any order; a move's instant is the unit's or later."""
    labels = history.ids.labels(range(len(history.ids)))
    columns = (history.person, history.since, history.parent, history.leg)
    rows = sorted(
        (labels[who], since, None if parent < 0 else labels[parent], leg)
        for who, since, parent, leg in zip(*(column.tolist() for column in columns), strict=True)
    )
    return [(who, parent, leg) for who, _, parent, leg in rows]
