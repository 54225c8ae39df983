"""Ranks, periods, plans, runs, and the lines that they write: what is owed and what was paid.

One frozen class per table; attributes are named as the columns and stand in their order. `None` for a timestamp
means that the store sets it.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from attrs import field, frozen

from mlmcore.domain import validators
from mlmcore.domain.enums import (
    CommissionType,
    KycStatus,
    PayoutMethod,
    PayoutStatus,
    PeriodKind,
    PeriodStatus,
    RunStatus,
)
from mlmcore.domain.ids import new_id
from mlmcore.domain.money import Money
from mlmcore.domain.periods import Period

__all__ = [
    "AccountLine",
    "CommissionAccount",
    "CommissionCarry",
    "CommissionInput",
    "CommissionPeriod",
    "CommissionPlan",
    "CommissionRun",
    "Debt",
    "LedgerLine",
    "Payout",
    "Rank",
    "RankHistory",
    "UnpaidLine",
]


@frozen(kw_only=True, field_transformer=validators.checked)
class Rank:
    """A rank as the database lists it; the plan document is the truth (decision D20)."""

    id: str = field(validator=validators.text(50, empty=False))
    name: str = field(validator=validators.text(100, empty=False))
    level: int = field(validator=validators.integer(0))
    min_personal_pv: Decimal = field(default=Decimal(0), validator=validators.volume(0))
    min_group_pv: Decimal = field(default=Decimal(0), validator=validators.volume(0))
    min_legs: int = field(default=0, validator=validators.integer(0))
    min_leg_volume: Decimal = field(default=Decimal(0), validator=validators.volume(0))
    requirements: Mapping[str, Any] | None = field(default=None, validator=validators.json_object)
    benefits: Mapping[str, Any] | None = field(default=None, validator=validators.json_object)
    commission_rate: Decimal | None = field(default=None, validator=validators.rate(0))
    bonus_percentage: Decimal | None = field(default=None, validator=validators.rate(0))
    car_bonus: Decimal | None = field(default=None, validator=validators.money_amount(0))
    is_active: bool = True
    created_at: datetime | None = field(default=None, validator=validators.aware)


@frozen(kw_only=True, field_transformer=validators.checked)
class CommissionPeriod:
    """A period's row. `end_date` is the last day, inclusive (decision D14); `period` gives the half-open one."""

    id: str = field(validator=validators.text(20, empty=False))
    name: str = field(validator=validators.text(50, empty=False))
    start_date: date = field(validator=validators.day)
    end_date: date = field(validator=validators.day)
    status: PeriodStatus = PeriodStatus.OPEN
    close_date: datetime | None = field(default=None, validator=validators.aware)
    calculation_started_at: datetime | None = field(default=None, validator=validators.aware)
    calculation_completed_at: datetime | None = field(default=None, validator=validators.aware)
    total_pv: Decimal = field(default=Decimal(0), validator=validators.volume())
    total_commissions: Decimal = field(default=Decimal(0), validator=validators.money_amount())
    created_at: datetime | None = field(default=None, validator=validators.aware)
    kind: PeriodKind = PeriodKind.MONTH
    timezone: str = field(default="UTC", validator=[validators.text(50), validators.timezone])

    def __attrs_post_init__(self) -> None:
        if self.end_date < self.start_date:
            raise validators.broken(f"period {self.id} ends on {self.end_date}, before it starts on {self.start_date}")
        validators.in_order(self, "calculation_started_at", "calculation_completed_at")

    @property
    def period(self) -> Period:
        """The days as a half-open span in the period's zone."""
        return Period(
            id=self.id,
            kind=self.kind,
            start=self.start_date,
            end=self.end_date + timedelta(days=1),
            timezone=self.timezone,
        )


@frozen(kw_only=True, field_transformer=validators.checked)
class CommissionPlan:
    """An installed version of a plan document; never changed."""

    plan_id: str = field(validator=validators.text(50, empty=False))
    version: str = field(validator=validators.text(30, empty=False))
    name: str | None = field(default=None, validator=validators.text(200))
    document: str = field(validator=validators.text(empty=False))
    digest: str = field(validator=validators.digest)
    effective_from: date = field(validator=validators.day)
    currency: str = field(validator=validators.currency)
    installed_by: UUID | None = None
    created_at: datetime | None = field(default=None, validator=validators.aware)


@frozen(kw_only=True, field_transformer=validators.checked)
class CommissionRun:
    """One evaluation of one plan over one period, and what it was made from."""

    id: UUID = field(factory=new_id)
    period_id: str = field(validator=validators.text(20, empty=False))
    plan_id: str = field(validator=validators.text(50, empty=False))
    plan_version: str = field(validator=validators.text(30, empty=False))
    official: bool = False
    status: RunStatus = RunStatus.RUNNING
    plan_digest: str = field(validator=validators.digest)
    input_digest: str | None = field(default=None, validator=validators.digest)
    result_digest: str | None = field(default=None, validator=validators.digest)
    previous_run_id: UUID | None = None
    chain_hash: str | None = field(default=None, validator=validators.digest)
    software_version: str = field(validator=validators.text(50, empty=False))
    currency: str = field(validator=validators.currency)
    people_count: int | None = field(default=None, validator=validators.integer(0))
    order_count: int | None = field(default=None, validator=validators.integer(0))
    line_count: int | None = field(default=None, validator=validators.integer(0))
    unpaid_count: int | None = field(default=None, validator=validators.integer(0))
    entitled: Decimal | None = field(default=None, validator=validators.exact_decimal(12, digits=30))
    brought_forward: Decimal | None = field(default=None, validator=validators.exact_decimal(12, digits=30))
    paid: Decimal | None = field(default=None, validator=validators.money_amount())
    unpaid: Decimal | None = field(default=None, validator=validators.exact_decimal(12, digits=30))
    carried_forward: Decimal | None = field(default=None, validator=validators.exact_decimal(12, digits=30))
    started_at: datetime | None = field(default=None, validator=validators.aware)
    completed_at: datetime | None = field(default=None, validator=validators.aware)
    created_at: datetime | None = field(default=None, validator=validators.aware)

    def __attrs_post_init__(self) -> None:
        if self.previous_run_id == self.id:
            raise validators.broken(f"previous_run_id of run {self.id} is that run", "no run follows itself")


@frozen(kw_only=True, field_transformer=validators.checked)
class LedgerLine:
    """One amount that a distributor earned, or an adjustment of one."""

    id: UUID = field(factory=new_id)
    period_id: str = field(validator=validators.text(20, empty=False))
    distributor_id: UUID
    type: CommissionType
    amount: Money = field(validator=validators.money())
    currency: str = field(default="USD", validator=validators.currency)
    pv: Decimal = field(default=Decimal(0), validator=validators.volume())
    gv: Decimal = field(default=Decimal(0), validator=validators.volume())
    source_order_id: UUID | None = None
    source_distributor_id: UUID | None = None
    level: int | None = field(default=None, validator=validators.integer(0))
    rate: Decimal | None = field(default=None, validator=validators.rate())
    description: str | None = field(default=None, validator=validators.text())
    metadata: Mapping[str, Any] | None = field(default=None, validator=validators.json_object)
    created_at: datetime | None = field(default=None, validator=validators.aware)
    run_id: UUID | None = None
    bonus_id: str | None = field(default=None, validator=validators.text(50))
    base: Decimal | None = field(default=None, validator=validators.exact_decimal(12, digits=30))
    corrects_id: UUID | None = None
    corrects_period_id: str | None = field(default=None, validator=validators.text(20))

    def __attrs_post_init__(self) -> None:
        validators.same_currency(self, "amount")
        if (self.corrects_id is None) != (self.corrects_period_id is None):
            raise validators.broken("a line has one of corrects_id and corrects_period_id", "give both or neither")
        if self.corrects_id is not None and self.type != CommissionType.ADJUSTMENT:
            raise validators.broken(f"a line of type {self.type} corrects another", "only an adjustment does")


@frozen(kw_only=True, field_transformer=validators.checked)
class UnpaidLine:
    """One amount that a plan offered and did not pay, with its reason; exact."""

    id: UUID = field(factory=new_id)
    period_id: str = field(validator=validators.text(20, empty=False))
    run_id: UUID
    distributor_id: UUID | None = None
    bonus_id: str = field(validator=validators.text(50, empty=False))
    type: CommissionType
    reason: str = field(validator=validators.text(30, empty=False))
    amount: Decimal = field(validator=validators.exact_decimal(12, digits=30))
    currency: str = field(validator=validators.currency)
    source_order_id: UUID | None = None
    source_distributor_id: UUID | None = None
    level: int | None = field(default=None, validator=validators.integer(0))
    rate: Decimal | None = field(default=None, validator=validators.rate())
    base: Decimal | None = field(default=None, validator=validators.exact_decimal(12, digits=30))
    created_at: datetime | None = field(default=None, validator=validators.aware)


@frozen(kw_only=True, field_transformer=validators.checked)
class CommissionAccount:
    """A payee outside the trees, named by a plan."""

    id: str = field(validator=validators.text(50, empty=False))
    name: str | None = field(default=None, validator=validators.text(200))
    created_at: datetime | None = field(default=None, validator=validators.aware)


@frozen(kw_only=True, field_transformer=validators.checked)
class AccountLine:
    """One amount that went to an account."""

    id: UUID = field(factory=new_id)
    account_id: str = field(validator=validators.text(50, empty=False))
    run_id: UUID
    period_id: str = field(validator=validators.text(20, empty=False))
    bonus_id: str = field(validator=validators.text(50, empty=False))
    type: CommissionType
    amount: Money = field(validator=validators.money())
    currency: str = field(validator=validators.currency)
    source_order_id: UUID | None = None
    source_distributor_id: UUID | None = None
    level: int | None = field(default=None, validator=validators.integer(0))
    rate: Decimal | None = field(default=None, validator=validators.rate())
    base: Decimal | None = field(default=None, validator=validators.exact_decimal(12, digits=30))
    created_at: datetime | None = field(default=None, validator=validators.aware)

    def __attrs_post_init__(self) -> None:
        validators.same_currency(self, "amount")


@frozen(kw_only=True, field_transformer=validators.checked)
class CommissionInput:
    """A figure of the company that a plan reads."""

    period_id: str = field(validator=validators.text(20, empty=False))
    name: str = field(validator=validators.text(100, empty=False))
    value: Decimal = field(validator=validators.exact_decimal(12, digits=30))
    unit: str = field(validator=validators.unit)
    created_at: datetime | None = field(default=None, validator=validators.aware)
    updated_at: datetime | None = field(default=None, validator=validators.aware)


@frozen(kw_only=True, field_transformer=validators.checked)
class CommissionCarry:
    """A value carried from one period into the next; of a distributor, or of the company."""

    id: UUID = field(factory=new_id)
    run_id: UUID
    period_id: str = field(validator=validators.text(20, empty=False))
    distributor_id: UUID | None = None
    name: str = field(validator=validators.text(100, empty=False))
    value: Mapping[str, Any] = field(validator=validators.json_object)
    created_at: datetime | None = field(default=None, validator=validators.aware)


@frozen(kw_only=True, field_transformer=validators.checked)
class RankHistory:
    """The rank that somebody had in a finalized period, and the best one ever."""

    id: UUID = field(factory=new_id)
    distributor_id: UUID
    period_id: str = field(validator=validators.text(20, empty=False))
    run_id: UUID
    rank_id: str | None = field(default=None, validator=validators.text(50))
    best_rank_id: str | None = field(default=None, validator=validators.text(50))
    plan_id: str = field(validator=validators.text(50, empty=False))
    plan_version: str = field(validator=validators.text(30, empty=False))
    personal_pv: Decimal = field(default=Decimal(0), validator=validators.volume())
    group_pv: Decimal = field(default=Decimal(0), validator=validators.volume())
    created_at: datetime | None = field(default=None, validator=validators.aware)


@frozen(kw_only=True, field_transformer=validators.checked)
class Payout:
    """A transfer drawn up for a distributor, period and currency; with `held_reason` it waits, and is not paid.

    `approved_at` is there from approval on, `processed_at` from when it was handed to the bank, and neither while it is
    requested (again); a failed one says why, and so may a cancelled one.
    """

    id: UUID = field(factory=new_id)
    distributor_id: UUID
    period_id: str | None = field(default=None, validator=validators.text(20))
    amount: Money = field(validator=validators.money(1))
    currency: str = field(default="USD", validator=validators.currency)
    method: PayoutMethod
    status: PayoutStatus = PayoutStatus.REQUESTED
    bank_details: Mapping[str, Any] | None = field(default=None, validator=validators.json_object, repr=False)
    reference_number: str | None = field(default=None, validator=validators.text(100))
    fee_amount: Money = field(default=validators.zero_like("amount"), validator=validators.money(0))
    net_amount: Money | None = field(default=None, validator=validators.money(0))
    kyc_status: KycStatus = KycStatus.PENDING
    requested_at: datetime | None = field(default=None, validator=validators.aware)
    approved_at: datetime | None = field(default=None, validator=validators.aware)
    processed_at: datetime | None = field(default=None, validator=validators.aware)
    failed_reason: str | None = field(default=None, validator=validators.text(empty=False))
    created_at: datetime | None = field(default=None, validator=validators.aware)
    held_reason: str | None = field(default=None, validator=validators.text(200, empty=False))

    def __attrs_post_init__(self) -> None:
        validators.same_currency(self, "amount", "fee_amount", "net_amount")
        if self.held_reason is not None and self.status in {PayoutStatus.PROCESSING, PayoutStatus.COMPLETED}:
            raise validators.broken(f"payout {self.id} is held and {self.status}", "what is held is not paid")
        if self.fee_amount > self.amount:
            raise validators.broken(f"fee_amount is {self.fee_amount}, more than the payout of {self.amount}")
        net = self.amount - self.fee_amount
        if self.net_amount not in {None, net}:
            raise validators.broken(f"net_amount is {self.net_amount}", f"amount less fee is {net}")
        validators.in_order(self, "approved_at", "processed_at")
        self._check_steps()

    def _check_steps(self) -> None:
        if self.status == PayoutStatus.CANCELLED:
            return
        if (self.failed_reason is not None) != (self.status == PayoutStatus.FAILED):
            there = "no failed_reason" if self.failed_reason is None else "a failed_reason"
            raise validators.broken(f"payout {self.id} is {self.status} and has {there}", "one that failed has one")
        for name, since in (("approved_at", _APPROVED), ("processed_at", _PROCESSED)):
            instant = getattr(self, name)
            if (instant is not None) != (self.status in since):
                there = f"no {name}" if instant is None else f"{name} {instant.isoformat()}"
                raise validators.broken(f"payout {self.id} is {self.status} and has {there}")


_PROCESSED = (PayoutStatus.PROCESSING, PayoutStatus.COMPLETED, PayoutStatus.FAILED)
_APPROVED = (PayoutStatus.APPROVED, *_PROCESSED)


@frozen(kw_only=True, field_transformer=validators.checked)
class Debt:
    """What a distributor owes the company, netted against payouts."""

    id: UUID = field(factory=new_id)
    distributor_id: UUID
    period_id: str | None = field(default=None, validator=validators.text(20))
    amount: Money = field(validator=validators.money(0))
    settled: Money = field(default=validators.zero_like("amount"), validator=validators.money(0))
    currency: str = field(validator=validators.currency)
    reason: str = field(validator=validators.text(empty=False))
    created_at: datetime | None = field(default=None, validator=validators.aware)
    updated_at: datetime | None = field(default=None, validator=validators.aware)

    def __attrs_post_init__(self) -> None:
        validators.same_currency(self, "amount", "settled")
        if self.settled > self.amount:
            raise validators.broken(f"settled is {self.settled}, more than the debt of {self.amount}")
