"""Texts that every writer needs: a label as one line that breaks nothing, and the words for what is hidden.

What a format itself must escape (quotes, tags) is the writer's own.
"""

import re
from typing import TYPE_CHECKING, Final
from unicodedata import bidirectional

if TYPE_CHECKING:
    from mlmcore.genealogy.drawing.outline import Outline

__all__ = ["NOBODY", "below", "more_roots", "one_line"]

NOBODY: Final = "(nobody)"
"""What is drawn of an empty genealogy."""

# Control characters and line ends; embeddings, overrides and isolates of writing direction, which would turn what
# follows the label; half surrogates, which no encoding takes; two code points that XML forbids.
_BREAKS: Final = re.compile("[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_FIRST_STRONG_ISOLATE: Final = "\u2068"
_POP_ISOLATE: Final = "\u2069"
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})


def one_line(text: str) -> str:
    r"""A label that can stand in a line with others.

    >>> print(one_line("two\nlines"))
    two\nlines
    """
    line = _BREAKS.sub(_as_escape, text)
    if line.isascii() or _RIGHT_TO_LEFT.isdisjoint(map(bidirectional, line)):
        return line
    return _FIRST_STRONG_ISOLATE + line + _POP_ISOLATE  # else a count after it would be drawn before it


def below(count: int) -> str:
    """How many are hidden at a node: `+1,204 below`."""
    return f"+{count:,} below"


def more_roots(shown: "Outline") -> str:
    """What is hidden beside the roots that are shown: `+2 more roots with 5 below`."""
    roots = f"+{shown.hidden_roots:,} {'more ' if len(shown) else ''}roots"
    return f"{roots} with {shown.hidden_below_roots:,} below" if shown.hidden_below_roots else roots


def _as_escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
