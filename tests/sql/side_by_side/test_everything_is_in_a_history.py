"""What a history calls: every verb of every repository and every operation, or it stands here with the reason.

The histories' own text is read, so that this does not depend on chance; how often a verb succeeds does.
"""

import ast
from collections.abc import Iterator, Mapping
from inspect import isfunction
from pathlib import Path
from typing import Final

import pytest

from mlmcore import operations
from sql.side_by_side._questions import QUESTIONS, verbs

_HISTORIES: Final = sorted(Path(__file__).parent.glob("test_*histories.py"))
_SHARED: Final = ("_history.py", "_contents.py")

_NOT_ASKED: Final[Mapping[str, str]] = {}
"""Verbs that no history calls, and why."""

_NOT_DONE: Final[Mapping[str, str]] = {
    "reseal_secrets": "it makes units of its own, one after the other; histories call `secrets.reseal`, its one step",
}
"""Operations that no history calls, and why."""


def _calls(path: Path) -> Iterator[str]:
    """The attributes and names that a module uses: `products.add`, `place_order`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
            yield f"{node.value.attr}.{node.attr}"
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id


_CALLED: Final = {
    call for path in [*_HISTORIES, *(Path(__file__).parent / name for name in _SHARED)] for call in _calls(path)
}
_ASKED: Final = {f"{question.repository}.{question.verb}" for question in QUESTIONS}
_VERBS: Final = sorted(f"{repository}.{verb}" for repository, verb, _ in verbs())
_OPERATIONS: Final = sorted(name for name in operations.__all__ if isfunction(getattr(operations, name)))


class TestHistories:
    """All that ends in `histories.py`."""

    @pytest.mark.parametrize("verb", _VERBS)
    def test_every_verb_is_called(self, verb: str) -> None:
        """By a rule of a history, or as a question of all of them."""
        assert (verb in _ASKED | _CALLED) != (verb in _NOT_ASKED)

    @pytest.mark.parametrize("name", _OPERATIONS)
    def test_every_operation_is_called(self, name: str) -> None:
        """By a rule of a history."""
        assert (name in _CALLED) != (name in _NOT_DONE)

    def test_a_verb_that_changes_something_is_no_question(self) -> None:
        """A question is asked by every history with any arguments; a change must be made by a rule that means it."""
        changing = {"add", "update", "move", "erase", "replace", "reseal", "set_input", "take_stock", "keep_paths"}

        assert [question for question in QUESTIONS if question.verb in changing] == []
        assert len(QUESTIONS) + len({*_VERBS} - _ASKED) == len(_VERBS)
