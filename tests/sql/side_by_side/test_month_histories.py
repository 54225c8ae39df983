"""Random histories of months and payouts, in memory and in PostgreSQL: plans, runs, the ledger, and who is paid."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from mlmcore.compensation.loader import loads_plan
from mlmcore.domain.commissions import (
    CommissionCarry,
    CommissionInput,
    CommissionPeriod,
    CommissionRun,
    Debt,
    LedgerLine,
    Payout,
    Rank,
    RankHistory,
)
from mlmcore.domain.enums import (
    CommissionType,
    DistributorStatus,
    KycStatus,
    PayoutMethod,
    PayoutStatus,
    PeriodStatus,
    RunStatus,
)
from mlmcore.domain.sales import Product
from mlmcore.operations import (
    ApprovalPolicy,
    Enrolment,
    OrderLine,
    OrderPlacement,
    PayoutPolicy,
    PayoutRequest,
    Refund,
    RefundLine,
    approve_payout,
    calculate_period,
    cancel_payout,
    close_period,
    complete_payout,
    draw_up_payouts,
    enrol,
    explain_person,
    fail_payout,
    finalize_period,
    hold_payout,
    install_plan,
    open_period,
    pay_order,
    place_order,
    process_payout,
    refund_order,
    release_payout,
    repeat_period,
    request_payout,
    retry_payout,
    review,
)
from mlmcore.operations._digests import input_digest
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.repositories.secrets import Cipher
from mlmcore.repositories.values import Volumes
from mlmcore.testing.contracts._month import a_successor
from mlmcore.testing.contracts._support import a_plan
from operations.company import PLAN
from sql.side_by_side._history import NOBODY, NewDatabase, StoreHistory, run_side_by_side, usd

_PLAN: Final = PLAN.replace("2026-", "2024-").replace("0.05]", "0.0333]")
_SECOND: Final = _PLAN.replace('version = "1"', 'version = "2"').replace("0.10", "0.20").replace("2024-", "2025-")
_PLANS: Final = st.sampled_from(
    [_PLAN, _PLAN, _SECOND, _PLAN.replace("0.10", "0.30"), _PLAN.replace("cv", "xv", 1), "?"]
)
_MONTHS: Final = st.sampled_from(["2025-01", "2025-01", "2025-02", "2025-03"])
_INSTANTS: Final = st.integers(0, 89).map(lambda days: datetime(2025, 1, 1, 12, tzinfo=UTC) + timedelta(days=days))
_POLICIES: Final = st.sampled_from(
    [
        PayoutPolicy(minimum=usd("0.01"), fee={}, kyc_required=False, net_debts=True),
        PayoutPolicy(minimum=usd("0.01"), fee={PayoutMethod.CHECK: usd("0.10")}, kyc_required=False, net_debts=False),
        PayoutPolicy(minimum=usd("5.00"), fee={PayoutMethod.CHECK: usd("1.00")}, kyc_required=True, net_debts=False),
    ]
)
_REASONS: Final = st.sampled_from(["no such account", "by mistake", ""])
_ADDRESS: Final = {"city": "Springfield"}


class MonthHistory(StoreHistory):
    """Three people, one below the other, who sell tea month by month and are paid for it."""

    texts = ("2025-01", "2025-02", "2025-03", "small", "1", "2", "contract", "unilevel", "USD", "bronze", "payout.held")

    @initialize(paid=st.sampled_from([True, True, False]), policy=_POLICIES)
    def begin(self, paid: bool, policy: PayoutPolicy) -> None:
        """So that few steps go to nobody: a plan is installed, tea was sold in January, which perhaps is paid out."""
        self.did("plans", partial(_install, _PLAN))
        for number in (1, 2, 3):
            command = Enrolment(
                user_id=self.new_id(),
                email=f"d{number}@example.com",
                distributor_number=f"D{number}",
                join_date=date(2024, 1, 1),
                sponsor_id=next(iter(self.keys("distributors")[-1:]), None),
                own_customer_number=f"C{number}",
                payout_method=PayoutMethod.CHECK if number < 3 else None,
            )
            self.did("distributors", partial(_enrol, command))
            self.did("user_profiles", partial(_profile, command))
        tea = Product(
            id=self.new_id(),
            sku="S1",
            name="Tea",
            price=usd("25.00"),
            currency="USD",
            pv=Decimal(20),
            inventory_tracked=False,
        )
        self.did("products", lambda unit: unit.products.add(tea))
        for month in ("2025-01", "2025-02"):
            self.did("periods", partial(_open, month))
        for at, person in enumerate(self.keys("distributors")):
            self.sells(person, at + 1, datetime(2025, 1, 3 + at, tzinfo=UTC))
        if paid:
            self.did("periods", lambda unit: close_period(unit, "2025-01"))
            self.did("runs", lambda unit: calculate_period(unit, "2025-01", "small"))
            self.did("periods", lambda unit: finalize_period(unit, "2025-01"))
            self.draws_up("2025-01", policy)

    def draws_up(self, month: str, policy: PayoutPolicy) -> None:
        """Payouts of a month that may not be finalized."""
        drawn = self.did("none", lambda unit: draw_up_payouts(unit, month, policy))
        self.seen.setdefault("payouts", []).extend(() if drawn is None else drawn.payouts)

    def sells(self, person: Any, quantity: int, at: datetime) -> None:
        """Somebody buys tea for own use, and pays for it."""
        key, number, product = self.new_id(), f"O{len(self.steps)}", self.keys("products")[0]

        def sell(unit: UnitOfWork) -> Any:
            customer = unit.customers.find_by_user(person)
            command = OrderPlacement(
                id=key,
                order_number=number,
                customer_id=NOBODY if customer is None else customer.id,
                lines=[OrderLine(product_id=product, quantity=quantity)],
                discount=usd("0"),
                tax=usd("0"),
                shipping=usd("0"),
                shipping_address=_ADDRESS,
                billing_address=_ADDRESS,
                volumes={"cv": f"{quantity * 15}.00"},
            )
            place_order(unit, command)
            return pay_order(unit, key, paid_at=at)

        self.did("orders", sell)

    @rule(data=st.data(), quantity=st.integers(1, 4), at=_INSTANTS)
    def tea_is_sold(self, data: st.DataObject, quantity: int, at: datetime) -> None:
        """In a month that may be closed."""
        self.sells(self.some(data, "distributors"), quantity, at)

    @rule(data=st.data(), at=_INSTANTS)
    def tea_comes_back(self, data: st.DataObject, at: datetime) -> None:
        """One piece of an order, in another month perhaps."""
        order = self.one(data, "orders")
        if order is not None:
            command = Refund(
                refund_number=self.number(data, "R"),
                order_id=order.id,
                refunded_at=at,
                amount=usd("25.00"),
                lines=[RefundLine(order_item_id=order.items[0].id, quantity=1)],
                restock=False,
                volumes={"cv": "15.00"},
            )
            self.did("refunds", lambda unit: refund_order(unit, command))

    @rule(document=_PLANS)
    def a_plan_is_installed(self, document: str) -> None:
        """Once more, in another version, in another meaning, or with what is wrong in it."""
        self.did("plans", partial(_install, document))

    @rule(data=st.data())
    def the_ranks_change(self, data: st.DataObject) -> None:
        """By hand: a month is not calculated then, until the plan is installed again."""
        rank = Rank(id=data.draw(st.sampled_from(["gold", "bronze"])), name="Gold", level=9, is_active=False)
        self.did("ranks", lambda unit: unit.ranks.add(rank))
        level = data.draw(st.sampled_from([1, 1, 1, 3]), label="level")
        self.did("ranks", lambda unit: unit.ranks.update(evolve(unit.ranks.get("bronze"), level=level)))

    @rule(data=st.data(), month=_MONTHS)
    def a_month_opens(self, data: st.DataObject, month: str) -> None:
        """Or a period is stored by hand, which may share days with another."""
        zone = data.draw(st.sampled_from(["UTC", "UTC", "UTC", "America/New_York", "Nowhere"]), label="zone")
        if self.seldom(data, "by hand"):
            period = CommissionPeriod(
                id=self.number(data, "P"), name="by hand", start_date=date(2025, 3, 30), end_date=date(2025, 4, 1)
            )
            self.did("periods", lambda unit: unit.periods.add(period))
        else:
            self.did("periods", lambda unit: open_period(unit, month, timezone=zone))

    @rule(data=st.data(), month=_MONTHS, version=st.sampled_from([None, None, "1", "2", "9"]))
    def a_month_goes_on(self, data: st.DataObject, month: str, version: str | None) -> None:
        """One step, or all that follow each other."""
        person = self.some(data, "distributors")
        steps: list[tuple[str, Callable[[UnitOfWork], Any]]] = [
            ("periods", lambda unit: close_period(unit, month)),
            ("runs", lambda unit: calculate_period(unit, month, "small", version=version)),
            ("none", lambda unit: review(unit, month)),
            ("none", lambda unit: repeat_period(unit, month).digest),
            ("none", lambda unit: explain_person(unit, month, person).to_dict()),
            ("periods", lambda unit: finalize_period(unit, month)),
        ]
        first, last = data.draw(st.integers(0, 5), label="from"), data.draw(st.integers(1, 6), label="to")
        for kind, step in steps if self.seldom(data, "all") else steps[first:last]:
            self.did(kind, step)

    @rule(data=st.data(), month=_MONTHS)
    def a_month_is_written_back(self, data: st.DataObject, month: str) -> None:
        """With another state, or other days."""
        self.changed(
            data,
            "periods",
            lambda unit, period: unit.periods.update(period),
            status=st.sampled_from(PeriodStatus),
            name=st.sampled_from(["A month", month]),
            end_date=st.sampled_from([date(2025, 1, 31), date(2025, 2, 2)]),
        )

    @rule(month=_MONTHS, name=st.sampled_from(["pool", "rate"]), value=st.integers(0, 3))
    def a_figure_is_given(self, month: str, name: str, value: int) -> None:
        """Of the company, for a month that may be finalized."""
        figure = CommissionInput(period_id=month, name=name, value=Decimal(value) / 4, unit="number")
        self.did("inputs", lambda unit: unit.periods.set_input(figure))

    @rule(month=_MONTHS, document=st.sampled_from([_PLAN, _SECOND]))
    def a_month_is_read(self, month: str, document: str) -> None:
        """As a run would read it, to the byte."""
        plan = loads_plan(document)
        self.pair.do(lambda unit: input_digest(unit.snapshots.read(month, plan).inputs), self.actor)

    @rule(data=st.data(), month=_MONTHS, cents=st.sampled_from([(500, 250), (1, -1, 7), (), (10**17,)]))
    def a_month_is_calculated_by_hand(self, data: st.DataObject, month: str, cents: tuple[int, ...]) -> None:
        """By a run that no plan made, or whose sums are wrong; and once more."""
        people = self.seen["distributors"][:3]
        order = self.one(data, "orders")
        wrong = self.seldom(data, "wrong sums")
        if self.pair.do(lambda unit: unit.plans.find("contract", "1")) is None:
            self.did("none", lambda unit: unit.plans.add(a_plan()))
        self.did("none", lambda unit: close_period(unit, month))

        def replace(unit: UnitOfWork) -> CommissionRun:
            period = unit.periods.get(month)
            if period.status == PeriodStatus.CLOSED:
                unit.periods.update(evolve(period, status=PeriodStatus.CALCULATING))
            successor = a_successor(people, order, cents, period_id=month)
            run = evolve(successor.run, paid=Decimal(1) if wrong else successor.run.paid)
            return unit.ledger.replace(evolve(successor, run=run))

        if order is not None:
            self.did("runs", replace)

    @rule(data=st.data(), month=_MONTHS, official=st.booleans())
    def a_trial_is_stored(self, data: st.DataObject, month: str, official: bool) -> None:
        """Or one that says it was official, which it cannot; or a run is written back."""
        run = CommissionRun(
            id=self.new_id(),
            period_id=month,
            plan_id="small",
            plan_version=data.draw(st.sampled_from(["1", "1", "9"]), label="version"),
            official=official and self.seldom(data, "official"),
            plan_digest="a" * 64,
            previous_run_id=self.one_of(data, "runs", None, None),
            software_version="0",
            currency="USD",
        )
        self.did("runs", lambda unit: unit.runs.add(run))
        self.changed(
            data,
            "runs",
            lambda unit, run: unit.runs.update(run),
            status=st.sampled_from(RunStatus),
            official=st.sampled_from([True, True, False]),
            software_version=st.sampled_from(["0", "1"]),
        )

    @rule(data=st.data(), month=_MONTHS, amount=st.sampled_from(["5.00", "-2.50", "0"]))
    def a_line_is_written_by_hand(self, data: st.DataObject, month: str, amount: str) -> None:
        """An adjustment, perhaps of a line of a month before."""
        corrected = self.one(data, "lines") if data.draw(st.booleans(), label="corrects") else None
        other = data.draw(st.sampled_from([CommissionType.ADJUSTMENT] * 3 + [CommissionType.UNILEVEL]), label="type")
        line = LedgerLine(
            id=self.new_id(),
            period_id=month,
            distributor_id=self.some(data, "distributors"),
            type=other if corrected is None else CommissionType.ADJUSTMENT,
            amount=usd(amount),
            currency="USD",
            description="by hand",
            corrects_id=None if corrected is None else corrected.id,
            corrects_period_id=None if corrected is None else corrected.period_id,
        )
        self.did("lines", lambda unit: unit.ledger.add(line))

    @rule(data=st.data(), name=st.sampled_from(["payout.held", "points"]))
    def something_is_carried(self, data: st.DataObject, name: str) -> None:
        """By a run, of a person or of the company, twice perhaps."""
        run = self.one(data, "runs")
        if run is not None:
            value = CommissionCarry(
                id=self.new_id(),
                run_id=run.id,
                period_id=data.draw(st.sampled_from([run.period_id] * 4 + ["2025-03"]), label="month"),
                distributor_id=self.one_of(data, "distributors", None),
                name=name,
                value={"USD": {"amount": "1.50", "reason": "kyc"}},
            )
            self.did("none", lambda unit: unit.carry.add_many([value]))

    @rule(data=st.data(), rank=st.sampled_from([None, "bronze", "no-such"]))
    def ranks_are_written_down(self, data: st.DataObject, rank: str | None) -> None:
        """By hand, with volumes that are added to lifetime."""
        run = self.one(data, "runs")
        people = [self.some(data, "distributors") for _ in range(2)]
        if run is None:
            return
        rows = [
            RankHistory(
                id=self.new_id(),
                distributor_id=person,
                period_id=run.period_id,
                run_id=run.id,
                rank_id=rank,
                plan_id=run.plan_id,
                plan_version=run.plan_version,
            )
            for person in people
        ]
        volumes = [Volumes(distributor_id=person, personal=Decimal("1.50"), group=Decimal(3)) for person in people]
        self.did("none", lambda unit: unit.rank_history.add_many(rows))
        self.did("none", lambda unit: unit.rank_history.record_volumes(volumes))

    @rule(data=st.data(), month=_MONTHS, policy=_POLICIES)
    def payouts_are_drawn_up(self, data: st.DataObject, month: str, policy: PayoutPolicy) -> None:
        """By another policy the second time."""
        self.draws_up(month, policy)

    @rule(data=st.data(), month=_MONTHS, policy=_POLICIES, method=st.sampled_from(PayoutMethod))
    def what_is_held_is_requested(
        self, data: st.DataObject, month: str, policy: PayoutPolicy, method: PayoutMethod
    ) -> None:
        """By somebody who may have nothing held."""
        command = PayoutRequest(
            distributor_id=self.some(data, "distributors"),
            period_id=month,
            policy=policy,
            method=method,
            bank_details={"iban": "X"},
        )
        self.did("payouts", lambda unit: request_payout(unit, command))

    @rule(
        data=st.data(), reason=_REASONS, month=_MONTHS, strict=st.booleans(), reference=st.sampled_from(["b-1", "b-2"])
    )
    def a_payout_goes_on(self, data: st.DataObject, reason: str, month: str, strict: bool, reference: str) -> None:
        """To the bank and perhaps back again."""
        policy = ApprovalPolicy(kyc_required=strict, debts_block=strict)
        approved: list[Callable[[UnitOfWork, Any], Payout]] = [
            partial(approve_payout, policy=policy),
            partial(process_payout, reference_number=reference, bank_details={"iban": "Y"}),
            complete_payout,
        ]
        aside: list[Callable[[UnitOfWork, Any], Payout]] = [
            partial(fail_payout, reason=reason),
            partial(retry_payout, bank_details={"iban": "Z"} if strict else None),
            partial(cancel_payout, reason=reason, into=month),
            partial(hold_payout, reason=reason),
            release_payout,
        ]
        payout = self.any_id(data, "payouts")
        if data.draw(st.booleans(), label="straight on"):
            steps = approved[: data.draw(st.integers(1, 3), label="steps")]
        else:
            steps = [data.draw(st.sampled_from([*approved, *aside, *aside]), label="step")]
        for step in steps:
            self.did("payouts", partial(_to, step, payout))

    @rule(data=st.data(), month=_MONTHS, many=st.booleans())
    def a_payout_comes_from_elsewhere(self, data: st.DataObject, month: str, many: bool) -> None:
        """Alone or among several, or is written back, also with what never changes."""
        payout = Payout(
            id=self.new_id(),
            distributor_id=self.some(data, "distributors"),
            period_id=data.draw(st.sampled_from([month, None]), label="month"),
            amount=usd("50.00"),
            currency="USD",
            method=PayoutMethod.CHECK,
            net_amount=usd("50.00"),
            bank_details=data.draw(st.sampled_from([None, {"iban": "X"}]), label="details"),
        )
        if many:
            self.did("none", lambda unit: unit.payouts.add_many([payout]))
            self.did("payouts", lambda unit: unit.payouts.get(payout.id))
        else:
            self.did("payouts", lambda unit: unit.payouts.add(payout))
        self.changed(
            data,
            "payouts",
            lambda unit, payout: unit.payouts.update(payout),
            status=st.sampled_from([PayoutStatus.REQUESTED, PayoutStatus.CANCELLED]),
            reference_number=st.sampled_from([None, "b-9"]),
            period_id=st.sampled_from(["2025-01", "2025-01", "2025-01", "2025-02"]),
            method=st.sampled_from(PayoutMethod),
            bank_details=st.sampled_from([None, {"iban": "Q"}]),
        )

    @rule(data=st.data(), settled=st.sampled_from(["0", "10.00", "30.00"]))
    def somebody_owes(self, data: st.DataObject, settled: str) -> None:
        """And settles part of it, or takes that back, which is refused."""
        debt = Debt(
            id=self.new_id(),
            distributor_id=self.some(data, "distributors"),
            amount=usd("30.00"),
            settled=usd("0"),
            currency="USD",
            reason="starter kit on credit",
        )
        if data.draw(st.booleans(), label="a new one"):
            self.did("debts", lambda unit: unit.payouts.add_debt(debt))
        self.changed(
            data,
            "debts",
            lambda unit, debt: unit.payouts.update_debt(debt),
            settled=st.just(usd(settled)),
            amount=st.sampled_from([usd("30.00"), usd("30.00"), usd("30.00"), usd("31.00")]),
        )

    @rule(data=st.data())
    def somebody_changes(self, data: st.DataObject) -> None:
        """What decides whether they are paid."""
        self.changed(
            data,
            "user_profiles",
            lambda unit, profile: unit.users.update_profile(profile),
            kyc_status=st.sampled_from([KycStatus.VERIFIED, *KycStatus]),
        )
        self.changed(
            data,
            "distributors",
            lambda unit, person: unit.distributors.update(person),
            status=st.sampled_from([DistributorStatus.ACTIVE, DistributorStatus.ON_HOLD]),
            payout_method=st.sampled_from([None, *PayoutMethod]),
        )

    @rule(month=_MONTHS)
    def a_month_is_locked(self, month: str) -> None:
        """By a unit that does nothing more, twice; what a savepoint undoes leaves nothing."""

        def lock(unit: UnitOfWork) -> None:
            with unit.savepoint():
                unit.lock_period(month)
            unit.lock_period(month)

        self.pair.do(lock, self.actor)


class TestMonthHistories:
    """`MemoryStore` and `SqlStore`, side by side."""

    def test_the_two_stores_never_differ(self, new_database: NewDatabase, cipher: Cipher) -> None:
        """Results, refusals, contents and audit rows."""
        run_side_by_side(MonthHistory, new_database, cipher, examples=2, steps=60)


def _install(document: str, unit: UnitOfWork) -> Any:
    return install_plan(unit, document)


def _open(month: str, unit: UnitOfWork) -> Any:
    return open_period(unit, month, timezone="UTC")


def _enrol(command: Enrolment, unit: UnitOfWork) -> Any:
    return enrol(unit, command)


def _profile(command: Enrolment, unit: UnitOfWork) -> Any:
    return unit.users.get_profile(command.user_id)


def _to(step: Callable[[UnitOfWork, Any], Payout], payout: Any, unit: UnitOfWork) -> Payout:
    return step(unit, payout)
