"""An outline as indented lines of text, for terminals, error messages and tests."""

from mlmcore.genealogy.drawing._lines import NOBODY, below, more_roots
from mlmcore.genealogy.drawing.outline import Outline

__all__ = ["to_text"]


def to_text(shown: Outline, *, legs: bool = False) -> str:
    """One line a person, indented by two spaces a level; no line end after the last.

    Args:
        shown: What to draw.
        legs: Whether to write the number of the leg before each label, where there is one: `2: bob`.
    """
    if not shown.people:
        return NOBODY
    lines = [_line(shown, at, legs=legs) for at in range(len(shown))]
    return "\n".join([*lines, more_roots(shown)] if shown.hidden_roots else lines)


def _line(shown: Outline, at: int, *, legs: bool) -> str:
    leg = f"{shown.leg[at]}: " if legs and shown.leg[at] else ""
    count = f" {below(shown.hidden[at])}" if shown.hidden[at] else ""
    return "  " * shown.depth[at] + leg + shown.labels[at] + count
