"""Read `[boards.NAME]`: boards that fill, split and cycle."""

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._choices import explained
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.loader._kinds._common import read_source
from mlmcore.compensation.loader._section import Section
from mlmcore.compensation.plan import Board
from mlmcore.compensation.plan.boards import SEATS_MAX
from mlmcore.genealogy.spillover.structure import WIDTH_MAX

__all__ = ["read_boards"]


def read_boards(whole: Section) -> dict[str, Board]:
    """Read every board of a plan."""
    entries = whole.entries("boards")
    return {name: _board(name, Section(item, whole.file, whole.findings)) for name, item in entries.items()}


def _board(name: str, section: Section) -> Board:
    width = section.need("width", "how many seats stand directly below each: width = 2")
    levels = section.need("levels", "how many rows there are below the head: a 2x2 board has levels = 2")
    under, placed = choices.BOARD_UNDER, choices.BOARD_PLACED
    board = Board(
        name=name,
        source=read_source(section, section.take("source"), choices.BOARD_SOURCES, None),
        from_=section.choice(section.take("from"), choices.FROM),
        where=section.expression(section.take("where")) or Expression(text="true"),
        entries=section.expression(section.take("entries")) or Expression(text="1"),
        width=section.whole(width, 2, 1, WIDTH_MAX),
        levels=section.whole(levels, 1, 1, SEATS_MAX),
        under=section.choice(section.need("under", explained(under)), under, "nearest"),
        tree=section.text(section.take("tree")) or None,
        placed=section.choice(section.need("placed", explained(placed)), placed, "breadth_first"),
        then=section.texts(section.need("then", choices.BOARD_THEN)),
        place=section.place(),
    )
    section.close()
    return board
