"""Read the caps of a plan."""

from attrs import evolve

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._choices import explained
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.loader._document import Item
from mlmcore.compensation.loader._section import Section
from mlmcore.compensation.plan import Cap
from mlmcore.domain.errors import Findings


def read_cap(item: Item, file: str, findings: Findings) -> Cap:
    """Read a cap; what is wrong goes to the findings, and something harmless stands in its place."""
    section = Section(item, file, findings)
    per = section.need("per", explained(choices.CAP_PER) + '; or several: per = ["payee", "level"]')
    words = [section.choice(part, choices.CAP_PER, "payee") for part in _list(section, per)]
    limit = section.expression(section.need("limit", "the most that the bonuses pay together: limit = 5000"))
    cap = Cap(
        id=section.text(section.take("id")) or None,
        bonuses=section.texts(section.need("bonuses", 'the ids of what it caps: bonuses = ["unilevel"]')),
        per=words,
        limit=limit or Expression(text="0"),
        apply=section.choice(section.need("apply", explained(choices.CAP_APPLY)), choices.CAP_APPLY, "scale"),
        place=section.place(),
        places=section.places(),
    )
    section.close()
    return cap


def _list(section: Section, item: Item | None) -> list[Item]:
    if item is None:
        return []
    if not isinstance(item.value, list):
        section.wrong(item, "a list was expected", 'write per = ["payee"]')
        return [evolve(item, value="payee")]
    return item.array
