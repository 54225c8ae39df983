"""What a cap must and may say: bonuses that there are, lines that have what it goes by, a limit in money."""

from attrs import evolve

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._choices import explained
from mlmcore.compensation._sheet import Sheet
from mlmcore.compensation.expressions import names
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.nearest import nearest
from mlmcore.compensation.plan import AmountBonus, AnyBonus, Cap, Plan


def check_cap(cap: Cap, plan: Plan, sheet: Sheet) -> Cap:
    """Return a cap with its limit typed; what is wrong goes to the sheet's findings."""
    _check_bonuses(cap, plan, sheet)
    _check_per(cap, plan, sheet)
    return evolve(cap, limit=_limit(cap, sheet))


def check_cap_ids(plan: Plan, sheet: Sheet) -> None:
    """Report a name that two caps have."""
    seen = set()
    for cap in plan.caps:
        if cap.id is not None and cap.id in seen:
            sheet.wrong(cap.place, f"{cap.id!r} is a cap already", "rename one of them", key="id", code="plan.name")
        seen.add(cap.id)


def _check_bonuses(cap: Cap, plan: Plan, sheet: Sheet) -> None:
    known = [bonus.id for bonus in plan.bonuses]
    if not cap.bonuses and _said(cap, "bonuses"):
        sheet.wrong(cap.place_of("bonuses"), "a cap needs at least one bonus", "name what it caps")
    for position, name in enumerate(cap.bonuses):
        if name in cap.bonuses[:position]:
            sheet.wrong(cap.place_of("bonuses"), f"{name!r} is named twice", "name it once")
        elif name in known and plan.bonus(name).is_column:
            sheet.wrong(cap.place_of("bonuses"), f"{name} is only a column, and nothing of it is paid", "leave it out")
        elif name not in known and name not in sheet.namespace.broken:
            sheet.wrong(cap.place_of("bonuses"), f"unknown bonus {name!r}", nearest(name, known))


def _check_per(cap: Cap, plan: Plan, sheet: Sheet) -> None:
    place = cap.place_of("per")
    if not cap.per and _said(cap, "per"):
        sheet.wrong(place, "a cap is per something", explained(choices.CAP_PER))
    for position, word in enumerate(cap.per):
        if word in cap.per[:position]:
            sheet.wrong(place, f"{word!r} is named twice", "name it once")
    if "company" in cap.per and len(cap.per) > 1:
        sheet.wrong(place, '"company" is all lines together', "leave the rest out, or leave it out")
    if "owner" in cap.per and plan.inputs.owner is None:
        todo = 'say in [inputs] which attribute says whose a position is: owner = "ATTRIBUTE"'
        sheet.wrong(place, "the plan does not say who owns a position", todo)
    for word in ("source", "level"):
        without = [bonus.id for bonus in plan.bonuses if bonus.id in cap.bonuses and not _lines_have(bonus, word)]
        if word in cap.per and without:
            sheet.wrong(place, f"the lines of {', '.join(without)} have no {word}", f"leave out {word!r}")


def _said(cap: Cap, key: str) -> bool:
    """Whether a key stands there; that it is missing from a file has been said by the loader."""
    return cap.place.line is None or key in cap.places


def _lines_have(bonus: AnyBonus, word: str) -> bool:
    """Whether a line of a bonus says from whom it comes, or of which level it is."""
    if bonus.detail_or_default == "payee":
        return False
    return not isinstance(bonus, AmountBonus) or (word == "source" and bonus.source is not None)


def _limit(cap: Cap, sheet: Sheet) -> Expression:
    context = evolve(names.RUN, words="a limit that is not per payee")
    if "payee" in cap.per:
        context = evolve(names.PAYEE, words="a limit per payee")
    checked = sheet.number(cap.limit, context)
    if checked.checked is None:
        return checked
    found = checked.type
    if found.unit == "points":
        sheet.wrong(cap.limit.place, f"{cap.limit.text!r} is in points, not in money")
    elif found.optional:
        sheet.wrong(cap.limit.place, f"{cap.limit.text!r} may be none", "say what the limit is then: A if COND else B")
    return checked
