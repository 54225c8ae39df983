"""Installing a plan: its document is stored, and its ranks are written into the table of ranks.

The document is the truth. What the table says of a rank is a copy that other tools can read, and a run is refused while
table and document differ.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import evolve

from mlmcore.compensation.loader import loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.plan import Rank as PlanRank
from mlmcore.domain.commissions import CommissionPlan, Rank
from mlmcore.domain.decimals import shortest
from mlmcore.domain.errors import ConflictError, RefusedError, StorageError
from mlmcore.domain.money import currency_places
from mlmcore.repositories.protocols import UnitOfWork

__all__ = ["install_plan", "rank_differences", "stored_plan"]

_NUMBERS: Final = (
    "min_personal_pv",
    "min_group_pv",
    "min_leg_volume",
    "commission_rate",
    "bonus_percentage",
    "car_bonus",
)
"""Numbers of a plan's rank that have a column of their own; `min_legs` is one too, but whole."""


def install_plan(unit: UnitOfWork, document: str, *, name: str | None = None) -> CommissionPlan:
    """Store a plan's document and write its ranks; a version that is stored already stays as it is.

    Args:
        unit: The unit of work; its actor is who installs.
        document: The plan as TOML text.
        name: What people call it.

    Raises:
        InputError: The document is wrong, with all findings.
        ConflictError: This version is stored already with another meaning.
        RefusedError: The store cannot hold its currency or its volumes.
    """
    plan = loads_plan(document)
    _refuse_too_fine(plan)
    stored = unit.plans.find(plan.id, plan.version)
    if stored is not None and stored.digest != plan.digest:
        raise ConflictError(
            f"version {plan.version} of plan {plan.id} is stored already and says something else; "
            "give the changed plan a new version"
        )
    if stored is None:
        stored = unit.plans.add(
            CommissionPlan(
                plan_id=plan.id,
                version=plan.version,
                name=name,
                document=document,
                digest=plan.digest,
                effective_from=plan.effective_from,
                currency=plan.currency,
                installed_by=unit.actor.user_id,
            )
        )
    _write_ranks(unit, plan)
    return stored


def stored_plan(row: CommissionPlan) -> Plan:
    """Return the plan in a stored document.

    Raises:
        StorageError: The document no longer means what it meant when it was installed.
    """
    plan = loads_plan(row.document, f"{row.plan_id} {row.version}")
    if plan.digest != row.digest:
        raise StorageError(
            f"version {row.version} of plan {row.plan_id} was installed with the digest {row.digest}, and its document "
            f"now has {plan.digest}: this version of mlmcore reads it differently; install it as a new version"
        )
    return plan


def rank_differences(unit: UnitOfWork, plan: Plan) -> list[str]:
    """Return in words where the table of ranks differs from a plan (decision D20)."""
    return list(_differences(unit, plan))


def _differences(unit: UnitOfWork, plan: Plan) -> Iterator[str]:
    for level, rank in enumerate(plan.ranks, start=1):
        stored = unit.ranks.find(rank.id)
        if stored is None:
            yield f"rank {rank.id} is not in the table"
        else:
            yield from _of_one_rank(stored, _as_planned(stored, rank, level))
    for stored in unit.ranks.list_all():
        if stored.is_active and stored.id not in plan.rank_ids:
            yield f"rank {stored.id} is active in the table, and the plan has no such rank"


def _of_one_rank(stored: Rank, wanted: Rank) -> Iterator[str]:
    columns = [
        name for name in ("level", "is_active", "min_legs", *_NUMBERS) if getattr(stored, name) != getattr(wanted, name)
    ]
    for name in columns:
        is_now, planned = _shown(getattr(stored, name)), _shown(getattr(wanted, name))
        yield f"{name} of rank {stored.id} is {is_now}, and the plan says {planned}"
    if stored.requirements == wanted.requirements:
        return
    parts = list(_of_requirements(stored, wanted, columns))
    yield from parts
    if not parts and not columns:
        yield f"requirements of rank {stored.id} hold what no plan writes there: {stored.requirements}"


def _of_requirements(stored: Rank, wanted: Rank, told: list[str]) -> Iterator[str]:
    """Part by part; a number whose column differs has been told of."""
    is_now, planned = stored.requirements or {}, wanted.requirements or {}
    if is_now.get("requires") != planned.get("requires"):
        said = [one.get("requires", "nothing") for one in (is_now, planned)]
        yield f"rank {stored.id} requires {said[0]!r}, and the plan says {said[1]!r}"
    numbers, planned_numbers = _numbers_in(is_now), _numbers_in(planned)
    for name in sorted({*numbers, *planned_numbers} - {*told}):
        now, then = numbers.get(name, "none"), planned_numbers.get(name, "none")
        if now != then:
            yield f"{name} of rank {stored.id} is {now}, and the plan says {then}"


def _numbers_in(requirements: Mapping[str, Any]) -> Mapping[str, Any]:
    found = requirements.get("numbers")
    return found if isinstance(found, Mapping) else {}


def _shown(value: object) -> str:
    # Not as its column pads it: the table and the plan would seem to differ in more than they do.
    return shortest(value) if isinstance(value, Decimal) else str(value)


def _write_ranks(unit: UnitOfWork, plan: Plan) -> None:
    for level, rank in enumerate(plan.ranks, start=1):
        stored = unit.ranks.find(rank.id)
        if stored is None:
            unit.ranks.add(_as_planned(Rank(id=rank.id, name=rank.id, level=level), rank, level))
        else:
            unit.ranks.update(_as_planned(stored, rank, level))
    for stored in unit.ranks.list_all():
        if stored.is_active and stored.id not in plan.rank_ids:
            unit.ranks.update(evolve(stored, is_active=False))


def _as_planned(stored: Rank, rank: PlanRank, level: int) -> Rank:
    """Return a rank's row as a plan has it; columns of which the plan says nothing stay."""
    numbers: dict[str, Decimal | int] = {name: rank.numbers[name] for name in _NUMBERS if name in rank.numbers}
    if "min_legs" in rank.numbers:
        numbers["min_legs"] = int(rank.numbers["min_legs"])
    requirements: dict[str, Any] = {"numbers": {name: f"{value:f}" for name, value in sorted(rank.numbers.items())}}
    if rank.requires is not None:
        requirements["requires"] = rank.requires.text
    changes: dict[str, Any] = {"level": level, "is_active": True, "requirements": requirements, **numbers}
    return evolve(stored, **changes)


def _refuse_too_fine(plan: Plan) -> None:
    if currency_places(plan.currency) > 2:
        raise RefusedError(
            f"plan {plan.id} pays in {plan.currency}, which has more than two decimal places; only files take it"
        )
    finer = sorted(name for name, column in plan.inputs.volumes.items() if column.places > 2)
    if finer:
        raise RefusedError(
            f"plan {plan.id} declares volumes finer than hundredths, which only files take: {', '.join(finer)}"
        )
