"""The slow, obvious twin of what a drawing shows: everybody in the order in which they are taken, cut off.

Written from the rules D1..D5 (`docs/genealogy/drawing.md`), by label, over the twin of the genealogy.
"""

from attrs import frozen

from reference.genealogy import Forest

__all__ = ["Shown", "shown"]


@frozen(kw_only=True)
class Shown:
    """Who is drawn, and how many are not.

    Attributes:
        hidden: Who is drawn, in preorder, with the number of those counted at each.
        hidden_roots: How many roots are not drawn.
        hidden_below_roots: How many stand below those.
    """

    hidden: dict[str, int]
    hidden_roots: int
    hidden_below_roots: int


def shown(forest: Forest, room: int, under: str | None = None, levels: int | None = None) -> Shown:
    """Who is drawn of the whole forest, or of one group."""
    everybody = forest.preorder() if under is None else [p for p in forest.preorder() if p in forest.group(under)]
    top = forest.front(None) if under is None else [under]
    above = {person: [one for one in forest.ancestors(person) if one in everybody] for person in everybody}
    if len(top) > room:
        room -= 1  # a place for the count of the others
    by_level = sorted(everybody, key=lambda person: len(above[person]))  # stable: in preorder within a level
    taken = [person for person in by_level if levels is None or len(above[person]) < levels][:room]
    hidden = {person: 0 for person in everybody if person in taken}
    out = [root for root in top if root not in taken]
    for person in everybody:
        nearest = next((one for one in above[person] if one in taken), None)
        if person not in taken and nearest is not None:
            hidden[nearest] += 1
    return Shown(
        hidden=hidden,
        hidden_roots=len(out),
        hidden_below_roots=sum(len(forest.downline(root)) for root in out),
    )
