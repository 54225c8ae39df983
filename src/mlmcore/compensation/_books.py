"""The books of a run: what each bonus drafted, what is left of it, and that every cent of it is accounted for.

A bonus hands in drafts, one for each period or sub-period. What they come to is published as columns, and held to the
identity: entitled + brought forward = paid + unpaid + carried forward.
"""

from collections.abc import Callable, Sequence

import numpy as np
from attrs import frozen

from mlmcore.compensation._capped import capped
from mlmcore.compensation._checks import earned_type
from mlmcore.compensation._row_names import REFUNDABLE, WAITING, row_name
from mlmcore.compensation.bonuses import Ran
from mlmcore.compensation.bonuses._deferred import deferred
from mlmcore.compensation.bonuses._draft import Draft, nothing_drafted
from mlmcore.compensation.bonuses._earnings import refuse_overflow
from mlmcore.compensation.bonuses._refundable import refundable_rows
from mlmcore.compensation.bonuses._segments import account_segment, all_unpaid, ledger_segment
from mlmcore.compensation.bonuses._waiting import waiting_of
from mlmcore.compensation.columns import Column, Unit, exact_decimal
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.inputs import CarriedRows
from mlmcore.compensation.lines import (
    AccountLines,
    AccountSegment,
    LedgerLines,
    MissedSegment,
    Reason,
    Segment,
    UnpaidLines,
    UnpaidSegment,
    at_same_places,
    joined,
    paid_by_person,
)
from mlmcore.compensation.plan import AnyBonus
from mlmcore.compensation.result import Identity, IdentityError, Span
from mlmcore.compensation.rounding import largest, round_scaled, total_of
from mlmcore.domain.money import Money, currency_places
from mlmcore.genealogy.threads import later

__all__ = ["Books"]


@frozen(kw_only=True, eq=False)
class _Outcome:
    """What became of one bonus: a segment of each kind, what was missed, the sums of its identity, and its spans."""

    lines: Segment
    accounts: AccountSegment
    unpaid: UnpaidSegment
    missed: tuple[MissedSegment, ...]
    identity: Identity
    spans: tuple[Span, ...]


class Books:
    """What the bonuses of one run come to.

    Args:
        sheet: What the run knows; what bonuses publish goes there.
    """

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._drafts: dict[str, tuple[Draft, ...]] = {}
        self._outcomes: dict[str, Callable[[], _Outcome]] = {}
        self._caps_to_come = {
            bonus.id: [name for name, cap in sheet.plan.caps_by_name.items() if bonus.id in cap.bonuses]
            for bonus in sheet.plan.bonuses
        }
        self.carried: dict[str, Column] = {}
        self.rows: dict[str, CarriedRows] = {}

    def enter(self, bonus: AnyBonus, did: Ran) -> None:
        """Take in what a bonus did."""
        self._drafts[bonus.id] = did.drafts
        self._sheet.person.update(did.columns)
        self._sheet.figures.update(did.figures)
        self.carried.update(did.carried)
        self.rows.update(did.rows)
        self._publish_earned(bonus)
        if not bonus.is_column:
            self._settle_if_final(bonus.id)

    def cap(self, name: str) -> None:
        """Cut what some bonuses pay together; after the last cap over it a bonus is final."""
        cap = self._sheet.plan.caps_by_name[name]
        self._drafts.update(capped(self._sheet, cap, self._drafts))
        for bonus in cap.bonuses:
            self._caps_to_come[bonus].remove(name)
            self._settle_if_final(bonus)

    def close(self) -> None:
        """Wait until all bonuses so far are accounted for.

        Raises:
            InputError: As the first of them that failed.
            IdentityError: As above.
        """
        for outcome in self._outcomes.values():
            outcome()

    @property
    def lines(self) -> LedgerLines:
        """What people are paid, a segment for each bonus that ran."""
        return LedgerLines(tuple(item.lines for item in self._in_order()))

    @property
    def accounts(self) -> AccountLines:
        """What accounts are paid."""
        return AccountLines(tuple(item.accounts for item in self._in_order()), self._sheet.plan.accounts)

    @property
    def unpaid(self) -> UnpaidLines:
        """What was offered and not paid."""
        return UnpaidLines(tuple(item.unpaid for item in self._in_order()))

    @property
    def missed(self) -> tuple[MissedSegment, ...]:
        """What people lost to somebody further up."""
        return tuple(segment for item in self._in_order() for segment in item.missed if len(segment))

    @property
    def identity(self) -> dict[str, Identity]:
        """By bonus, where everything went."""
        return {item.lines.bonus: item.identity for item in self._in_order()}

    @property
    def spans(self) -> dict[str, tuple[Span, ...]]:
        """Of bonuses that ran for other periods than the plan's, how many lines each of them brought."""
        return {item.lines.bonus: item.spans for item in self._in_order() if item.spans}

    def _in_order(self) -> list[_Outcome]:
        return [self._outcomes[bonus.id]() for bonus in self._sheet.plan.bonuses if bonus.id in self._outcomes]

    def _publish_earned(self, bonus: AnyBonus) -> None:
        """The column `ID.earned`: exact, before rounding."""
        declared = earned_type(bonus, self._sheet.plan)
        places = 0 if declared is None else declared.places
        earned = np.zeros(self._sheet.size, dtype=np.int64)
        for draft in self._drafts[bonus.id]:
            of_span = Column.scaled(draft.earned, draft.entitled_places).at_places(places).values
            refuse_overflow(largest(earned) + largest(of_span))
            earned += of_span
        unit: Unit = "points" if bonus.in_points else "money"
        self._sheet.person[f"{bonus.id}.earned"] = Column.scaled(earned, places, unit=unit)

    def _settle_if_final(self, bonus: str) -> None:
        if not self._caps_to_come[bonus]:
            self._settle(self._sheet.plan.bonus(bonus))

    def _settle(self, bonus: AnyBonus) -> None:
        """Turn a bonus's drafts into lines, and publish `ID.paid`."""
        capped_drafts = self._drafts[bonus.id]
        drafts = deferred(self._sheet, bonus, capped_drafts)
        self._hand_on_refundable(bonus, capped_drafts, drafts)
        if row_name(bonus.id, WAITING) in self._sheet.rows.previous.rows and not drafts:
            drafts = (nothing_drafted(self._sheet, bonus),)
        paid = np.zeros(self._sheet.size, dtype=np.int64)
        if drafts:
            ledger = [ledger_segment(bonus, draft.lines) for draft in drafts]
            lines = joined(at_same_places(ledger))
            paid = paid_by_person(lines, self._sheet.size)
            counts = list(map(len, ledger))
            size = len(lines) + sum(len(part) for draft in drafts for part in draft.unpaid)
            # Nothing that follows reads it, so the books are closed beside the next steps.
            self._outcomes[bonus.id] = later(size, lambda: self._outcome(bonus, drafts, lines, counts))
            rows = waiting_of(self._sheet, bonus).handed_on()
            self.rows.update({} if rows is None else {row_name(bonus.id, WAITING): rows})
        # Paid amounts are whole units of the plan's rounding, which is what the loader types the column with.
        plan = self._sheet.plan
        unit = plan.rounding.places
        paid = round_scaled(paid, currency_places(plan.currency), unit, plan.rounding.mode)
        self._sheet.person[f"{bonus.id}.paid"] = Column.scaled(paid, unit, unit="money")

    def _hand_on_refundable(self, bonus: AnyBonus, drafts: tuple[Draft, ...], paid: tuple[Draft, ...]) -> None:
        """Hand on the lines of orders that may be given back, with `refunds = "original"`."""
        plan, name = self._sheet.plan, row_name(bonus.id, REFUNDABLE)
        if bonus.source != "orders" or plan.refunds != "original":
            return
        refunds, waiting = self._sheet.refunds.get(bonus.id), waiting_of(self._sheet, bonus)
        if refunds is None:  # it did not run
            before = self._sheet.rows.previous.rows.get(name)
            self.rows.update({} if before is None else {name: before})
            return
        expired = [
            int(row)
            for draft in paid
            for part in draft.unpaid
            for row in part.brought[part.reason == Reason.EXPIRED].tolist()
        ]
        gone = waiting.identities(expired)
        self.rows[name] = refundable_rows(self._sheet, bonus, drafts, waiting.waits("minimum"), refunds.taken, gone)

    def _outcome(self, bonus: AnyBonus, drafts: tuple[Draft, ...], lines: Segment, counts: Sequence[int]) -> _Outcome:
        accounts = joined(at_same_places([account_segment(bonus, draft.lines) for draft in drafts]))
        unpaid_parts = [all_unpaid(self._sheet, draft.unpaid) for draft in drafts]
        unpaid = joined(at_same_places(unpaid_parts))
        waiting, currency = waiting_of(self._sheet, bonus), self._sheet.plan.currency
        zero = Money(0, currency).amount
        identity = Identity(
            entitled=sum((exact_decimal(draft.entitled, draft.entitled_places) for draft in drafts), zero),
            brought=sum((draft.brought for draft in drafts), waiting.brought),
            paid=Money(total_of(lines.amount) + total_of(accounts.amount), currency).amount,
            unpaid=exact_decimal(total_of(unpaid.amount), unpaid.amount_places) + zero,
            carried=sum((draft.carried for draft in drafts), waiting.carried),
        )
        if not identity.holds:
            raise IdentityError(bonus.id, identity)
        missed = tuple(draft.missed for draft in drafts)
        spans = tuple(
            Span(period=draft.span, lines=count, unpaid=len(left), missed=len(draft.missed))
            for draft, count, left in zip(drafts, counts, unpaid_parts, strict=True)
        )
        spans = () if bonus.every in {None, self._sheet.plan.period} else spans
        return _Outcome(lines=lines, accounts=accounts, unpaid=unpaid, missed=missed, identity=identity, spans=spans)
