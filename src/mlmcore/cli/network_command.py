"""`mlmcore network`: people files without a plan: are their trees sound, what do they look like, and new ones."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from mlmcore.cli._arguments import person_of
from mlmcore.cli._output import format_option, new_file, plain_table, progress, refuse_existing, show

if TYPE_CHECKING:
    from mlmcore.files.trees import PeopleTrees, TreeFacts
    from mlmcore.genealogy import Genealogy

__all__ = ["command"]

# These stand here and beside the code that knows them, which is imported only when a command runs.
_TREES: Final = ("sponsor", "placement", "enroller")
_SHAPES: Final = ("random", "preferential", "chain", "star", "power-leg")
_WRITERS: Final = ("text", "dot", "mermaid", "svg")

_FILE: Final = click.Path(path_type=Path)
_PEOPLE_MAX: Final = 50_000_000
_SHOWN_MAX: Final = {"text": 40, "dot": 100, "mermaid": 100, "svg": 100}
_LEGS_LISTED: Final = 5


@click.group()
def command() -> None:
    """Check, draw and generate people files; no plan is needed.

    \b
    Example:
      mlmcore network check people.csv
    """  # noqa: D301  (click wants the backspace itself)


@command.command()
@click.argument("people", type=_FILE)
@click.option(
    "--tree", "trees", type=click.Choice(_TREES), multiple=True, help="May be repeated; left out: each that it has."
)
@format_option
def check(people: Path, trees: tuple[str, ...]) -> None:
    """Find whatever is wrong with the trees of a people file.

    Everything in PEOPLE is found at once: cycles, unknown uplines, ids given twice, people who are their own upline,
    legs that are none or taken.

    Only id, the columns of the trees and, with a placement tree, leg are read. All others are allowed, and not looked
    at: what they must hold, a plan says.

    \b
    Example:
      mlmcore network check people.csv --tree sponsor --tree placement
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.files.trees import TreeFacts, read_trees

    with progress() as step:
        step(f"reading {people}")
        read = read_trees(people, trees)
        step("looking at the trees")
        facts = {name: TreeFacts.of(tree) for name, tree in read.trees.items()}
    show(_checked_text(people, read, facts), _checked_document(people, read, facts))


@command.command()
@click.argument("people", type=_FILE)
@click.option("--tree", type=click.Choice(_TREES), default="sponsor", show_default=True, help="Which tree.")
@click.option("--as", "form", type=click.Choice(_WRITERS), default="text", show_default=True, help="What to write.")
@click.option("--under", metavar="ID", help="Only this person with everybody below.")
@click.option("--levels", type=click.IntRange(min=1), help="At most so many levels; left out: as many as fit.")
@click.option(
    "--max",
    "shown_max",
    type=click.IntRange(min=1),
    help="At most so many people; else 40 as text, 100 in a picture.",
)
@click.option("--out", type=_FILE, help="A new file; left out: the drawing is printed.")
@format_option
def draw(
    people: Path,
    tree: str,
    form: str,
    under: str | None,
    levels: int | None,
    shown_max: int | None,
    out: Path | None,
) -> None:
    """Draw a tree of a people file, however big it is.

    What does not fit is counted where it hangs. Of PEOPLE only id, the column of the tree and, for a placement tree,
    leg are read.

    \b
    Example:
      mlmcore network draw people.csv --tree placement --as svg --out placement.svg
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.files.trees import read_trees

    if out is not None:
        refuse_existing(out)
    with progress() as step:
        step(f"reading {people}")
        drawn = read_trees(people, (tree,)).trees[tree]
        node = None if under is None else person_of(under, drawn.ids, str(people), "--under")
        drawing = _drawing(drawn, form, node, levels, shown_max or _SHOWN_MAX[form])
    document = {"file": str(people), "tree": tree, "people": len(drawn), "as": form}
    if out is None:
        show(drawing, {**document, "drawing": drawing})
        return
    with new_file(out) as file:
        file.write(drawing.encode())
    show(f"{out} holds the {tree} tree of {people} as {form}", {**document, "out": str(out)})


@command.command()
@click.option("--people", type=click.IntRange(1, _PEOPLE_MAX), required=True, help="How many.")
@click.option("--shape", type=click.Choice(_SHAPES), default="random", show_default=True, help="Who stands where.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Another number gives other trees."
)
@click.option("--out", type=_FILE, required=True, help="A new CSV file.")
@format_option
def generate(people: int, shape: str, seed: int, out: Path) -> None:
    """Make a people file of any size.

    Its columns are id, status, joined and sponsor. The same people, shape and seed give the same file. Shapes:

    \b
    random        each under one of those before, all equally likely
    preferential  the likelier, the more that one has sponsored already
    chain         each under the one before
    star          everybody under the first
    power-leg     also placement and leg: a binary tree with one leg of 7 in 100
                  people, and at least 10, from which small trees hang;
                  whoever spilled over has a sponsor further up

    \b
    Example:
      mlmcore network generate --people 1000000 --shape power-leg --out people.csv
    """  # noqa: D301  (click wants the backspace itself)
    from mlmcore.cli._people_rows import make_people

    with progress() as step, new_file(out) as file:
        step(f"making {people:,} people")
        made = make_people(shape, people, seed)
        for written, chunk in made.chunks():
            file.write(chunk)
            step(f"{written:,} of {people:,} people are written")
    count = "1 person" if people == 1 else f"{people:,} people"
    document = {"file": str(out), "people": people, "shape": shape, "seed": seed, "columns": list(made.columns)}
    show(f"{out} holds {count} in the shape {shape}, seed {seed}: {', '.join(made.columns)}", document)


def _checked_text(people: Path, read: "PeopleTrees", facts: Mapping[str, "TreeFacts"]) -> str:
    count = "1 person" if read.people == 1 else f"{read.people:,} people"
    rows = [
        [
            name,
            f"{tree.roots:,}",
            "" if tree.deepest is None else f"{tree.deepest}, under {tree.above:,}",
            "" if tree.widest is None else f"{tree.widest}, with {tree.front:,}",
            _legs(tree.legs),
        ]
        for name, tree in facts.items()
    ]
    lines = [
        f"{people}: {count}, and nothing is wrong",
        "",
        plain_table(["tree", "roots", "deepest", "widest front", "people by leg"], rows, right=(1,)),
    ]
    if read.unread:
        lines += ["", f"not read: {', '.join(read.unread)}"]
    return "\n".join(lines)


def _legs(counts: Mapping[int, int]) -> str:
    listed = ", ".join(f"{number}: {counts[number]:,}" for number in list(counts)[:_LEGS_LISTED])
    more = len(counts) - _LEGS_LISTED
    return listed + (f" and {more:,} more, up to {max(counts):,}" if more > 0 else "")


def _checked_document(people: Path, read: "PeopleTrees", facts: Mapping[str, "TreeFacts"]) -> dict[str, Any]:
    trees = {
        name: {
            "people": read.people,
            "roots": tree.roots,
            "deepest": {"person": tree.deepest, "above": tree.above},
            "widest_front": {"person": tree.widest, "people": tree.front},
            "people_by_leg": {str(number): count for number, count in tree.legs.items()},
        }
        for name, tree in facts.items()
    }
    return {"file": str(people), "people": read.people, "trees": trees, "not_read": list(read.unread)}


def _drawing(tree: "Genealogy", form: str, under: int | None, levels: int | None, shown_max: int) -> str:
    """A drawing that ends with a line end."""
    match form:
        case "dot":
            return tree.to_dot(shown_max, under=under, levels=levels)
        case "mermaid":
            return tree.to_mermaid(shown_max, under=under, levels=levels)
        case "svg":
            return tree.to_svg(shown_max, under=under, levels=levels)
        case _:
            return tree.to_text(shown_max, under=under, levels=levels, legs=True) + "\n"
