"""Hypothesis strategies: random forests, people, orders with refunds, and plans as TOML that the loader accepts.

A plan is put together from options and from pools of expressions, so that every option of a bonus meets every other.
Whatever a plan needs that its options call for (a point value, a face rate) is written with it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from compensation.twin.small_worlds import APRIL, MARCH, world
from reference.engine import Inputs

IDS = ("ann", "Bob", "cy", "dee", "Eve", "fay", "gus", "hal", "Ida", "Ö")
RANKS = ("bronze", "silver", "gold")
MODES = ("half_even", "half_up", "half_down", "up", "down", "floor", "ceiling")
JOINED = (date(2020, 1, 1), date(2026, 2, 20), date(2026, 3, 10))

NUMBERS = (
    "sum(group, personal)",
    "sum(downline, personal, tree=enroller)",
    "max(front, sum(group, personal))",
    "max(downline, personal)",
    "top(2, front, personal)",
    "top(2, group, personal, until=autoship)",
    "top(3, levels(1, 2), personal, where=active)",
    "top(1, downline, personal, tree=enroller)",
    "max(levels(1, 2), personal)",
    "max(level(2), personal, default=4)",
    "min(group, personal, default=0)",
    "min(level(1), personal, default=2, where=autoship, tree=enroller)",
    "min(downline, personal, default=2, until=active)",
    "sum(levels(1, 2), personal, where=active)",
    "sum(level(2), personal)",
    "sum(group, personal, until=active)",
    "sum(group, personal, until=autoship, where=active, tree=enroller)",
    "round(mean(orders, pv, default=0), 2)",
    "round(mean(front, personal, default=7), 1)",
    "min(front, personal, default=3)",
    "min(orders, pv, default=0)",
    "max(orders, pv, where=buyer == none)",
    "max(purchases, pv)",
    "sum(purchases, pv, where=date >= 2026-03-10)",
    "sum(purchases, pv, where=seller.autoship)",
    "sum(orders, pv, where=fast)",
    "sum(orders, pv, where=me.autoship)",
    "sum(customers, max(orders, pv))",
    "max(customers, sum(orders, pv))",
    "sum(front, min(personal, 0.5 * me.personal))",
    "sum(front, sum(group, personal)) - max(front, sum(group, personal))",
)
COUNTS = (
    "count(front, active)",
    "count(downline, until=active)",
    "count(levels(1, 3), tree=enroller)",
    "count(customers)",
    "count(orders)",
    "count(orders, refunds=true)",
    "count(purchases, pv > 20)",
    "count(group, joined >= 2026-02-01)",
    "count(front, any(group, autoship))",
)
BOOLEANS = (
    "any(downline, active)",
    "all(front, personal > 0)",
    "any(front, all(group, autoship), tree=enroller)",
    "any(customers, count(orders) >= 2)",
    "all(orders, pv > 20)",
)
CONDITIONS = (
    "true",
    "active",
    "active",
    "autoship",
    "personal > 0",
    "rank >= silver",
    "rank >= bronze or autoship",
    "rank == none",
    "not active",
    "few >= 1",
    "some",
    "volume > 50",
    "title != none",
    "status == 'active'",
    "full_months_between(joined, period.end) >= 1",
)
"""On the person reached, paid, or from whom a walk starts."""
ORDER_CONDITIONS = ("true", "fast", "not fast", "buyer == none", "cv > 20", "seller.active", "source.autoship")
DEPTHS = ("2", "4", "levels_paid", "few", "few + 1", "lookup(depth_of, rank)", "autoship", "rank >= bronze")
RATES = (
    "0.05 if rank >= silver else 0.02",
    "0.1 if level <= 2 else 0.015",
    "0.001 * level",
    "lookup(by_rank, rank)",
    "lookup(by_level, rank, level)",
    "lookup(performance, personal)",
    "0.02 if source.active else 0.01",
    "0.05 if payee.active and not source.autoship else 0",
    "0.1 * ratio(personal, volume, zero=0)",
    "ratio(1, 3 * level, zero=0.1)",
)
DIFFERENTIAL_RATES = (
    "lookup(by_rank, rank)",
    "lookup(performance, personal)",
    "0.05 if rank >= silver else 0.02",
    "0.01 * few",
)
RATES_OF_WHOEVER_IS_REACHED = ("0.05 if active else 0.02", "0.1 if payee.autoship else 0", "0.03")
RATES_ON_ORDERS = ("0.03 if order.fast else 0.01", "0.04 if order.buyer == none else 0.025")
FACE_RATES = ("0.02", "0", "0.02 if level <= 3 else 0", "0.02 if source.active else 0.01")
AMOUNTS = ("1.5", "0.333", "2 if source.active else 1", "0.5 * level", "0")
AMOUNTS_ON_ORDERS = ("0.1 * order.cv", "0.05 * order.cv if source.active else 0.01 * order.cv")

SIGNED = st.sampled_from(["zero", "charge", "charge", "error"])


@st.composite
def forests(draw: st.DrawFn, ids: Sequence[str]) -> dict[str, str | None]:
    """Uplines of everybody: chains, stars, or anything, with one or several roots."""
    shape = draw(st.sampled_from(["any", "any", "chain", "star"]))
    order = draw(st.permutations(ids))
    uplines: dict[str, str | None] = {}
    for position, identity in enumerate(order):
        above = {"chain": order[max(position - 1, 0)], "star": order[0]}
        upline = above.get(shape) or draw(st.sampled_from([None, *order[: max(position, 1)]]))
        root = position == 0 or (shape != "any" and draw(st.integers(0, 9)) == 0)
        uplines[identity] = None if root else upline
    return uplines


@st.composite
def people(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A few people in two trees; the last may have joined after the period."""
    ids = IDS[: draw(st.integers(1, len(IDS)))]
    sponsor, enroller = draw(forests(ids)), draw(forests(ids))
    found: list[dict[str, Any]] = []
    for identity in ids:
        attributes = {
            "title": draw(st.sampled_from([None, *RANKS])),
            "autoship": draw(st.booleans()),
        }
        found.append(
            {
                "id": identity,
                "status": draw(st.sampled_from(["active", "active", "suspended"])),
                "joined": draw(st.sampled_from(JOINED)),
                "attributes": attributes,
                "uplines": {"sponsor": sponsor[identity], "enroller": enroller[identity]},
            }
        )
    uplines = {upline for person in found for upline in person["uplines"].values()}
    if len(found) > 1 and found[-1]["id"] not in uplines:  # nobody may stand below who is not in the run
        found[-1]["joined"] = draw(st.sampled_from([JOINED[0], date(2026, 4, 1)]))
    return found


def march_only(given: Inputs) -> Inputs:
    """The same without orders from before March, and without their refunds."""
    kept = [order for order in given.orders if order["date"] >= MARCH]
    ids = {None, *(order["id"] for order in kept)}
    return replace(given, orders=[order for order in kept if order["refund_of"] in ids])


def hundredths(low: int, high: int) -> st.SearchStrategy[Fraction]:
    """Numbers with two places."""
    return st.integers(low, high).map(lambda number: Fraction(number, 100))


@st.composite
def orders(draw: st.DrawFn, sellers: Sequence[str]) -> list[dict[str, Any]]:
    """Orders from late February to the end of March, some of nothing, and refunds of some."""
    found: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, 9))):
        buyer = draw(st.sampled_from([None, *sellers]))
        volume = draw(st.one_of(st.just(Fraction(0)), hundredths(1, 30000), st.integers(1, 300).map(Fraction)))
        found.append(
            {
                "id": f"{draw(st.sampled_from('zaB'))}{number}",
                "date": date(2026, 2, 23) + timedelta(days=draw(st.integers(0, 36))),
                "seller": draw(st.sampled_from(sellers)),
                "buyer": buyer,
                "customer": draw(st.sampled_from([None, "c1", "c2"])) if buyer is None else None,
                "refund_of": None,
                "volumes": {"pv": volume, "cv": draw(st.one_of(hundredths(0, 20000), st.just(volume)))},
            }
        )
    refunds = [refund for original in found for refund in _refunds(draw, original)]
    return draw(st.permutations(found + refunds))


def _refunds(draw: st.DrawFn, original: dict[str, Any]) -> list[dict[str, Any]]:
    """None, or all of an order or a part of it, later, at once or in parts."""
    parts = draw(st.sampled_from([(), (), (), (1,), (2,), (3,), (2, 2), (3, 3, 3)]))
    refunds = []
    left = dict(original["volumes"])
    for number, part in enumerate(parts):
        last = number + 1 == len(parts) > 1
        back = {
            name: left[name] if last else Fraction(int(volume * 100 / part), 100)
            for name, volume in original["volumes"].items()
        }
        left = {name: left[name] - back[name] for name in left}
        later = min(original["date"] + timedelta(days=draw(st.integers(0, 20))), APRIL - timedelta(days=1))
        refunds.append(
            {
                **original,
                "id": f"r{number}{original['id']}",
                "date": later,
                "refund_of": original["id"],
                "volumes": {name: -volume for name, volume in back.items()},
            }
        )
    return refunds


@st.composite
def inputs(draw: st.DrawFn) -> Inputs:
    """A March of some people."""
    everybody = draw(people())
    present = [person["id"] for person in everybody if person["joined"] < APRIL]
    best = draw(st.dictionaries(st.sampled_from(present), st.sampled_from(RANKS), max_size=3))
    lifetime = draw(st.dictionaries(st.sampled_from(present), hundredths(0, 50000), max_size=3))
    company = {"profit": 1000, "open": draw(st.booleans())}
    people_in_some_order = draw(st.permutations(everybody))
    sold = draw(orders(present))
    # what is carried is carried for everybody who was there
    before = {person: lifetime.get(person, Fraction(0)) for person in {*best, *lifetime}}
    return world(people_in_some_order, sold, MARCH, APRIL, company=company, best=best, carried={"lifetime": before})


HEADER = """\
[plan]
id = "twin"
version = "1"
effective_from = 2026-01-01
period = "month"
currency = "USD"
rounding = {{ mode = "{mode}", places = {places}, at = "{at}" }}
tree = "sponsor"
tree_as_of = "period_end"
timezone = "UTC"
refunds = "{refunds}"
{active}
accounts = ["house", "charity"]

[inputs]
trees = ["sponsor", "enroller"]
volumes = {{ pv = "points", cv = "money" }}
attributes = {{ title = "text", autoship = "boolean" }}
company = {{ profit = "money", open = "boolean" }}
owner = "title"

[parameters]
levels_paid = 3

[tables.depth_of]
by = "rank"
rows = {{ bronze = 1, silver = 2, gold = 5 }}
missing = 0
[tables.by_rank]
by = "rank"
rows = {{ bronze = 0.02, gold = 0.05 }}
missing = 0
[tables.by_level]
by = ["rank", "level"]
rows = {{ bronze = [0.02], silver = [0.03, 0.02], gold = {{ 1 = 0.06, 3 = 0.01 }} }}
missing = 0
[tables.performance]
by = "threshold"
rows = [[0, 0.01], [100, 0.03], [250, 0.055]]
below = 0

[order_columns]
fast = "days_between(seller.joined, date) < 30"

[measures]
personal = "sum(orders, pv)"
active = "personal >= 100"
volume = "{volume}"
few = "{few}"
some = "{some}"

[carry]
lifetime = {{ value = "previous.lifetime + personal", initial = 0 }}

{ranks}
"""


@st.composite
def plans(draw: st.DrawFn, refunds: str = "current", caps_over: Sequence[int] = (0, 0, 1, 2)) -> str:
    """A plan with one to three bonuses, as TOML."""
    header = HEADER.format(
        refunds=refunds,
        mode=draw(st.sampled_from(MODES)),
        places=draw(st.sampled_from([0, 1, 2, 2])),
        at=draw(st.sampled_from(["line", "payee"])),
        active=draw(st.sampled_from(['active = "active"', ""])),
        volume=draw(st.sampled_from(NUMBERS)),
        few=draw(st.sampled_from(COUNTS)),
        some=draw(st.sampled_from(BOOLEANS)),
        ranks=draw(_ranks()),
    )
    kinds = draw(st.lists(st.sampled_from(["levels", "levels", "amount", "differential"]), min_size=1, max_size=3))
    made = {"levels": levels_bonuses, "differential": differential_bonuses}
    bonuses = "\n".join(
        draw(amount_bonuses(f"b{number}", number) if kind == "amount" else made[kind](f"b{number}"))
        for number, kind in enumerate(kinds)
    )
    if refunds == "original":  # which needs a line per order
        bonuses = bonuses.replace('detail = "person"\n', "").replace('detail = "payee"\n', "")
    return header + bonuses + draw(caps(bonuses, caps_over))


@st.composite
def caps(draw: st.DrawFn, bonuses: str, how_many: Sequence[int]) -> str:
    """Caps over some of the bonuses, so many of them."""
    texts = bonuses.split("[[bonuses]]")[1:]
    # a cap over a bonus together with one that reads its `paid` is an error
    written = {f"b{number}": text for number, text in enumerate(texts) if ".paid" not in text and "ledger" not in text}
    found = []
    for _ in range(draw(st.sampled_from(how_many)) if written else 0):
        over = draw(st.lists(st.sampled_from(sorted(written)), min_size=1, unique=True))
        with_levels = not any('kind = "amount"' in written[name] or '"payee"' in written[name] for name in over)
        words = ["payee", "owner"] + (["source", "level"] if with_levels else [])
        per = draw(st.one_of(st.just(["company"]), st.lists(st.sampled_from(words), min_size=1, unique=True)))
        pool = ("0", "7.777", "'levels_paid'")
        if "payee" in per:
            pool = ("2", "'5 if rank >= silver else 2.345'", "'3 * few'")
        apply = draw(st.sampled_from(["scale", "cut_last", "priority"]))
        limit = draw(st.sampled_from(pool))
        found.append(f'\n[[caps]]\nbonuses = {over}\nper = {per}\nlimit = {limit}\napply = "{apply}"\n')
    return "".join(found)


@st.composite
def _ranks(draw: st.DrawFn) -> str:
    source = draw(st.sampled_from(["requires", "requires", "best", "attribute title"]))
    climb = draw(st.sampled_from(["highest", "ladder"]))
    head = f'[rank]\nfrom = "{source}"\n' + ("" if source.startswith("attribute") else f'climb = "{climb}"\n')
    pool = ("active", "personal >= this.need", "volume >= this.need", "few >= 1 and personal > 0", "some", "autoship")
    parts = [head]
    for rank, need in zip(RANKS, (50, 100, 200), strict=True):
        requires = "" if source.startswith("attribute") else f'requires = "{draw(st.sampled_from(pool))}"\n'
        parts.append(f'[[ranks]]\nid = "{rank}"\nneed = {need}\n{requires}')
    return "\n".join(parts)


@st.composite
def levels_bonuses(draw: st.DrawFn, identity: str) -> str:
    """A `levels` bonus with any of its options."""
    on_orders = draw(st.booleans())
    options = _common(draw, identity, "levels", on_orders)
    options |= {"source": '"orders"' if on_orders else '"people"'}
    if on_orders:
        options |= _whose(draw, ["under_seller", "as_seller", "skip"])
    first = draw(st.sampled_from([0, 1, 1, 1, 2]))
    unpaid = draw(st.sampled_from(["lost", "lost", "next", "account:house"]))
    no_upline = draw(st.sampled_from(["lost", "lost", "account:house", "account:charity"]))
    options |= {"first_level": str(first), "unpaid": f'"{unpaid}"', "no_upline": f'"{no_upline}"'}
    options["counts"] = _quoted(draw(st.sampled_from(CONDITIONS)))
    for switch in ("source_counts", "pay_uncounted"):
        if draw(st.integers(0, 3)) == 0:
            options[switch] = "true"
    if draw(st.booleans()):
        options["pays"] = _quoted(draw(st.sampled_from(CONDITIONS)))
    if draw(st.integers(0, 2)) == 0:
        options["depth"] = _quoted(draw(st.sampled_from(DEPTHS)))
    if draw(st.integers(0, 2)) == 0:
        options["stop_at"] = _quoted(draw(st.sampled_from(CONDITIONS)))
        options["stop"] = draw(st.sampled_from(['"before"', '"after"']))
    return _written(options | _rates(draw, on_orders, lost=no_upline == "lost"))


def _rates(draw: st.DrawFn, on_orders: bool, *, lost: bool) -> dict[str, str]:
    """Rates in one of their shapes, with the base they need; `lost`: no account is paid above the root."""
    shape = draw(st.sampled_from(["list", "list", "lists by rank", "by rank", "expression", "amounts"]))
    if shape == "amounts":
        pool = AMOUNTS + (AMOUNTS_ON_ORDERS if on_orders else ())
        pool += ("3 if active else 1",) if lost else ()
        amounts = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=4))
        return {"amounts": f"[{', '.join(map(_quoted, amounts))}]"}
    options = {}
    base = draw(st.sampled_from(["cv", "pv", "0.4 * cv"] if on_orders else ["personal", "max(volume, 10)"]))
    options["base"] = _quoted(base)
    if base not in {"cv", "0.4 * cv"}:
        options["point_value"] = draw(st.sampled_from(["1", "0.5", "0.35"]))
    if shape == "list":
        options["rates"] = draw(_lists)
        if lost and draw(st.integers(0, 2)) == 0:
            formulas = draw(st.lists(st.sampled_from(RATES_OF_WHOEVER_IS_REACHED), min_size=1, max_size=3))
            options["rates"] = f"[{', '.join(map(_quoted, formulas))}]"
    elif shape == "lists by rank":
        rows = draw(st.dictionaries(st.sampled_from(RANKS), _lists, min_size=1))
        options["rates"] = f"{{ {', '.join(f'{rank} = {row}' for rank, row in rows.items())} }}"
    elif shape == "by rank":
        rows = draw(st.dictionaries(st.sampled_from(RANKS), _rate, min_size=1))
        options["rates"] = f"{{ {', '.join(f'{rank} = {row}' for rank, row in rows.items())} }}"
    else:
        options["rate"] = _quoted(draw(st.sampled_from(RATES + (RATES_ON_ORDERS if on_orders else ()))))
        options["face_rate"] = _quoted(draw(st.sampled_from(FACE_RATES)))
    if shape in {"list", "lists by rank"} and draw(st.integers(0, 3)) == 0:
        options["beyond"] = draw(_rate)
    return options


_rate = st.sampled_from(["0.05", "0.03", "0.02", "0.0125", "0.1", "0"])
_lists = st.lists(_rate, min_size=1, max_size=4).map(lambda rates: f"[{', '.join(rates)}]")


@st.composite
def differential_bonuses(draw: st.DrawFn, identity: str) -> str:
    """A `differential` bonus with any of its options."""
    on_orders = draw(st.booleans())
    options = _common(draw, identity, "differential", on_orders)
    options |= {"source": '"orders"' if on_orders else '"people"'}
    if on_orders:
        options |= _whose(draw, ["under_seller", "as_seller", "skip"])
    base = draw(st.sampled_from(["cv", "pv"] if on_orders else ["personal", "max(volume, 10)"]))
    options |= {"base": _quoted(base)} | ({} if base == "cv" else {"point_value": "0.5"})
    options["rate"] = _quoted(draw(st.sampled_from(DIFFERENTIAL_RATES)))
    options["initial"] = _quoted(draw(st.sampled_from(["0", "0.01", "lookup(by_rank, source.rank)"])))
    options["first_level"] = str(draw(st.sampled_from([0, 1, 1, 2])))
    if draw(st.booleans()):
        options["counts"] = _quoted(draw(st.sampled_from(CONDITIONS)))
    if draw(st.booleans()):
        options["pays"] = _quoted(draw(st.sampled_from(CONDITIONS[1:])))
        options["unqualified"] = draw(st.sampled_from(['"skip"', '"consumes"']))
    if draw(st.integers(0, 3)) == 0:
        options["source_counts"] = "true"
    if draw(st.integers(0, 3)) == 0:
        options["blocked_by"] = _quoted(draw(st.sampled_from(CONDITIONS)))
    if draw(st.integers(0, 2)) == 0:
        options["minimum_level"] = draw(st.sampled_from(["1", "2", '"levels_paid"']))
    if draw(st.booleans()):
        options["equal"] = draw(
            st.sampled_from(["{ rate = 0.01, generations = 1 }", "{ rate = 0.005, generations = 3 }"])
        )
    if draw(st.booleans()):
        options["limit"] = draw(st.sampled_from(["0.05", "0.03", "0.2"]))
        options["no_upline"] = draw(st.sampled_from(['"lost"', '"account:house"']))
    return _written(options)


@st.composite
def amount_bonuses(draw: st.DrawFn, identity: str, number: int) -> str:
    """An `amount` bonus; it may read what earlier bonuses came to."""
    on_orders = draw(st.booleans())
    options = _common(draw, identity, "amount", on_orders)
    of_orders = ["0.25 * cv", "cv - 20", "0.1 * pv", "0.1 * cv if payee.active else cv"]
    pool = of_orders if on_orders else ["50 if rank >= silver else 7.125", "0.05 * personal"]
    if not on_orders and number:
        pool += ["0.5 * b0.earned", "0.125 * b0.paid", "max(b0.earned, 3)"]
    amount = draw(st.sampled_from(pool))
    options["amount"] = _quoted(amount)
    if "pv" in amount or "personal" in amount:
        options["point_value"] = draw(st.sampled_from(["1", "0.5"]))
    if on_orders:
        options |= {"source": '"orders"'} | _whose(draw, ["as_seller", "skip"])
    if draw(st.integers(0, 2)) == 0:
        another = ['"sponsor(id, default=house)"', '"seller"'] if on_orders else []
        options["payee"] = draw(st.sampled_from(['"house"', '"charity"', *another]))
    if draw(st.booleans()):
        options["qualifies"] = _quoted(draw(st.sampled_from(CONDITIONS)))
    return _written(options)


def _common(draw: st.DrawFn, identity: str, kind: str, on_orders: bool) -> dict[str, str]:
    options = {"id": f'"{identity}"', "type": '"unilevel"', "kind": f'"{kind}"'}
    options["negative"] = f'"{draw(SIGNED)}"'
    if draw(st.integers(0, 3)) == 0:
        options["tree"] = '"enroller"'
    if draw(st.integers(0, 4)) == 0:
        options["every"] = draw(st.sampled_from(['"week"', '"day"']))
    if draw(st.integers(0, 5)) == 0:
        options["when"] = draw(st.sampled_from(['"company.open"', '"company.cv >= 200"']))
    if draw(st.booleans()):
        options["detail"] = draw(st.sampled_from(['"order"', '"person"', '"payee"']))
    if draw(st.integers(0, 2)) == 0:
        options["where"] = _quoted(draw(st.sampled_from(ORDER_CONDITIONS if on_orders else CONDITIONS)))
        if kind == "amount" and not on_orders:
            options["where"] = _quoted(draw(st.sampled_from(CONDITIONS)))
    return options | _when_paid(draw, identity)


def _when_paid(draw: st.DrawFn, identity: str) -> dict[str, str]:
    """Whether a bonus is paid at all, from which sum on, and what its lines wait for."""
    options: dict[str, str] = {}
    if draw(st.integers(0, 3)) == 0:
        options["minimum"] = draw(st.sampled_from(["1", "5", "2.505", '"5 if rank >= silver else 1"']))
        options["minimum_unpaid"] = draw(st.sampled_from(['"lost"', '"carry"']))
    elif identity != "b0" and draw(st.integers(0, 5)) == 0:  # others read what b0 is paid
        return {"ledger": "false"}
    if draw(st.integers(0, 3)) == 0:
        options["deferred_until"] = _quoted(draw(st.sampled_from(CONDITIONS)))
        if draw(st.booleans()):
            options["deferred_expires"] = draw(st.sampled_from(["1", "2"]))
    return options


def _whose(draw: st.DrawFn, customers: list[str]) -> dict[str, str]:
    if draw(st.booleans()):
        return {"from": '"seller"'}
    return {"from": '"buyer"', "customer": f'"{draw(st.sampled_from(customers))}"'}


def _quoted(expression: str) -> str:
    return f'"{expression}"'


def _written(options: dict[str, str]) -> str:
    return "\n[[bonuses]]\n" + "".join(f"{key} = {value}\n" for key, value in options.items())
