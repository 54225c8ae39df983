"""What is asked with broken or malicious arguments is answered alike by both stores: an answer, or an error of ours."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import partial
from inspect import Parameter, signature
from typing import Any, get_args, get_type_hints
from uuid import UUID

import attrs
import pytest

from mlmcore.genealogy import Genealogy
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.testing.contracts._family import rows_of
from operations.company import ReversingCipher
from sql.side_by_side._pair import Pair, paired

NewDatabase = Callable[[], AbstractContextManager[str]]

_BROKEN: dict[type, list[Any]] = {
    str: ["", "\0", "\ud800", "'; DROP TABLE users; --", "%s", "x" * 100_000, 1, None],
    UUID: [UUID(int=5), "nonsense", "\0", None, 7],
    int: [-1, 0, 2**31, 2**63, 2**70, 1.5, "1", True],
    bool: ["yes", 1, None],
    date: [date.max, date.min, datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01"],
    datetime: [datetime.max.replace(tzinfo=UTC), datetime(2026, 1, 1), date(2026, 1, 1), "now"],  # noqa: DTZ001
}
_SOUND: dict[type, Any] = {
    str: "x",
    UUID: UUID(int=6),
    int: 10,
    bool: True,
    date: date(2026, 1, 1),
    datetime: datetime(2026, 1, 1, tzinfo=UTC),
}


def _kind(annotation: Any) -> Any:
    kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
    return kinds[0] if kinds and type(None) in get_args(annotation) else annotation


def _sound(kind: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return next(iter(kind))
    return _SOUND.get(kind)


def _broken(kind: Any) -> list[Any]:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return ["nonsense", "\0", 7]
    if isinstance(kind, type) and attrs.has(kind):
        return [None, 7, "x"]
    return _BROKEN.get(kind, [])


def _questions() -> Iterator[Any]:
    """Every verb of every repository that only asks, with one argument of each kind of brokenness at a time."""
    for repository, declared in vars(UnitOfWork).items():
        if not isinstance(declared, property) or repository in ("actor", "now", "snapshots"):
            continue
        for verb, function in vars(get_type_hints(declared.fget)["return"]).items():
            if verb.startswith(("get", "find", "list", "page", "read", "upline", "is_below", "take", "put")):
                yield from _calls(repository, verb, list(signature(function).parameters.values())[1:])


def _calls(repository: str, verb: str, parameters: list[Parameter]) -> Iterator[Any]:
    for at, broken in enumerate(parameters):
        needed = [item for index, item in enumerate(parameters) if index <= at or item.default is item.empty]
        sound = {item.name: _sound(_kind(item.annotation)) for item in needed}
        calls = [_split(needed, {**sound, broken.name: value}) for value in _broken(_kind(broken.annotation))]
        if calls:
            yield pytest.param(repository, verb, calls, id=f"{repository}.{verb}-{broken.name}")


def _split(parameters: list[Parameter], given: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    named = {item.name: given[item.name] for item in parameters if item.kind == item.KEYWORD_ONLY}
    return [given[item.name] for item in parameters if item.name not in named], named


def _ask(repository: str, verb: str, positional: list[Any], named: dict[str, Any], unit: UnitOfWork) -> Any:
    answer = getattr(getattr(unit, repository), verb)(*positional, **named)
    return rows_of(answer) if isinstance(answer, Genealogy) else answer


@pytest.fixture(scope="module")
def pair(new_database: NewDatabase) -> Iterator[Pair]:
    """Both stores, with nothing in them but what the schema brings; nothing is stored here."""
    with new_database() as dsn, paired(dsn, ReversingCipher()) as pair:
        yield pair


class TestBrokenArguments:
    """A15."""

    @pytest.mark.parametrize(("repository", "verb", "calls"), [*_questions()])
    def test_both_stores_answer_alike(self, pair: Pair, repository: str, verb: str, calls: list[Any]) -> None:
        """Whatever is asked: an answer, or the same kind of error of ours; never another one."""
        for positional, named in calls:
            pair.do(partial(_ask, repository, verb, positional, named))
