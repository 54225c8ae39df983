"""A filter as the condition of a query and its parameters; what a filter leaves out stands in neither."""

from collections.abc import Mapping
from typing import Any, Final

from mlmcore.domain.orders_rule import EVER_PAID
from mlmcore.domain.periods import Period
from mlmcore.repositories.filters import Below, ContactFilter, DistributorFilter, OrderFilter, UserFilter

__all__ = ["contact_condition", "distributor_condition", "order_condition", "user_condition"]

Condition = tuple[str, Mapping[str, Any]]

_LEVELS_MAX: Final = 2**31 - 1
_BELOW: Final = (
    "{person} IN (SELECT g.id FROM {{schema}}.genealogy_group(%(tree)s, %(top)s, %(levels)s) AS g WHERE g.depth > 0)"
)


def distributor_condition(where: DistributorFilter) -> Condition:
    """The condition of a filter of distributors."""
    ids = None if where.territory_ids is None else list(where.territory_ids)
    words, parameters = _joined(
        {
            "status = %(status)s": where.status,
            "rank_id = %(rank_id)s": where.rank_id,
            "territory_id = ANY (%(territory_ids)s)": ids,
            "join_date >= %(joined_from)s": where.joined_from,
            "join_date <= %(joined_until)s": where.joined_until,
        }
    )
    return _within(words, parameters, where.below, person="user_id")


def contact_condition(where: ContactFilter) -> Condition:
    """The condition of a filter of contacts."""
    words, parameters = _joined(
        {
            "owner_id = %(owner_id)s": where.owner_id,
            "status = %(status)s": where.status,
            "source = %(source)s": where.source,
            "tags @> ARRAY[%(tag)s::text]": where.tag,
            "next_follow_up <= %(follow_up_until)s": where.follow_up_until,
        }
    )
    return _within(words, parameters, where.below, person="owner_id")


def order_condition(where: OrderFilter, period: Period | None) -> Condition:
    """The condition of a filter of orders; `period` is the one that it names, or None."""
    words, parameters = _joined(
        {
            "status = %(status)s": where.status,
            "payment_status = %(payment_status)s": where.payment_status,
            "customer_id = %(customer_id)s": where.customer_id,
            "distributor_id = %(distributor_id)s": where.distributor_id,
            "payment_status::text = ANY (%(paid)s)": period and [state.value for state in EVER_PAID],
            "coalesce(paid_at, created_at) >= %(paid_from)s": period and period.start_instant,
            "coalesce(paid_at, created_at) < %(paid_before)s": period and period.end_instant,
        }
    )
    return _within(words, parameters, where.below, person="distributor_id")


def user_condition(where: UserFilter) -> Condition:
    """The condition of a filter of users."""
    return _joined(
        {
            "role = %(role)s": where.role,
            "status = %(status)s": where.status,
            "created_at >= %(created_from)s": where.created_from,
            "created_at < %(created_before)s": where.created_before,
            "locked_until > %(locked_at)s": where.locked_at,
        }
    )


def _joined(conditions: Mapping[str, Any]) -> Condition:
    """Conditions whose value is there, and the values by the names of their parameters."""
    given = {words: value for words, value in conditions.items() if value is not None}
    names = [words[words.index("%(") + 2 : words.index(")s")] for words in given]
    return " AND ".join(["true", *given]), dict(zip(names, given.values(), strict=True))


def _within(words: str, parameters: Mapping[str, Any], below: Below | None, *, person: str) -> Condition:
    """A condition with that of standing below somebody, where it is asked for; `person` is the column that stands."""
    if below is None:
        return words, parameters
    return f"{words} AND {_BELOW.format(person=person)}", {**parameters, **_group(below)}


def _group(below: Below) -> Mapping[str, Any]:
    levels = None if below.levels is None else min(below.levels, _LEVELS_MAX)
    return {"tree": below.tree.value, "top": below.user_id, "levels": levels}
