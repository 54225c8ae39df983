"""Users, their profiles, distributors and territories: who somebody is.

One frozen class per table; attributes are named as the columns and stand in their order. `None` for a timestamp
means that the store sets it.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from attrs import field, frozen

from mlmcore.domain import validators
from mlmcore.domain.enums import DistributorStatus, KycStatus, PayoutMethod, UserRole, UserStatus
from mlmcore.domain.errors import InputError
from mlmcore.domain.ids import new_id

__all__ = ["Distributor", "PersonEvent", "Territory", "User", "UserProfile"]


@frozen(kw_only=True, field_transformer=validators.checked)
class User:
    """A login: who may sign in, and as what."""

    id: UUID = field(factory=new_id)
    email: str = field(validator=validators.email(255))
    password_hash: str | None = field(default=None, validator=validators.text(255), repr=False)
    phone: str | None = field(default=None, validator=validators.text(20))
    role: UserRole = UserRole.DISTRIBUTOR
    status: UserStatus = UserStatus.ACTIVE
    email_verified: bool = False
    phone_verified: bool = False
    two_factor_enabled: bool = False
    two_factor_secret: str | None = field(default=None, validator=validators.text(32), repr=False)
    login_attempts: int = field(default=0, validator=validators.integer(0))
    locked_until: datetime | None = field(default=None, validator=validators.aware)
    last_login: datetime | None = field(default=None, validator=validators.aware)
    created_at: datetime | None = field(default=None, validator=validators.aware)
    updated_at: datetime | None = field(default=None, validator=validators.aware)
    created_by: UUID | None = None


@frozen(kw_only=True, field_transformer=validators.checked)
class UserProfile:
    """What is known of a user as a person. The tax id and KYC documents are stored sealed."""

    user_id: UUID
    first_name: str | None = field(default=None, validator=validators.text(100))
    last_name: str | None = field(default=None, validator=validators.text(100))
    avatar_url: str | None = field(default=None, validator=validators.text())
    date_of_birth: date | None = field(default=None, validator=validators.day)
    gender: str | None = field(default=None, validator=validators.text(20))
    timezone: str = field(default="UTC", validator=validators.text(50))
    locale: str = field(default="en-US", validator=validators.text(10))
    address: Mapping[str, Any] | None = field(default=None, validator=validators.json_object)
    emergency_contact: Mapping[str, Any] | None = field(default=None, validator=validators.json_object)
    tax_id: str | None = field(default=None, validator=validators.text(50), repr=False)
    kyc_status: KycStatus = KycStatus.PENDING
    kyc_documents: tuple[Mapping[str, Any], ...] | None = field(
        default=None, validator=validators.json_object, repr=False
    )
    marketing_consent: bool = False
    data_processing_consent: bool = True
    created_at: datetime | None = field(default=None, validator=validators.aware)
    updated_at: datetime | None = field(default=None, validator=validators.aware)


@frozen(kw_only=True, field_transformer=validators.checked)
class Territory:
    """A sales region; regions form a tree."""

    id: UUID = field(factory=new_id)
    code: str = field(validator=validators.text(50, empty=False))
    name: str = field(validator=validators.text(200, empty=False))
    parent_id: UUID | None = None
    is_active: bool = True
    created_at: datetime | None = field(default=None, validator=validators.aware)
    updated_at: datetime | None = field(default=None, validator=validators.aware)

    def __attrs_post_init__(self) -> None:
        if self.parent_id == self.id:
            raise validators.broken(f"parent_id of territory {self.code} is that territory", "nothing is below itself")


@frozen(kw_only=True, field_transformer=validators.checked)
class Distributor:
    """A user's place in the network.

    Three parents make three trees: sponsor, placement and enroller. `personal_pv` and `group_pv` are the last finalized
    period's, `current_month_*` the open period's, `lifetime_pv` all finalized periods' (decision D19).
    """

    user_id: UUID
    distributor_number: str = field(validator=validators.text(20, empty=False))
    sponsor_id: UUID | None = None
    placement_id: UUID | None = None
    enroller_id: UUID | None = None
    rank_id: str | None = field(default=None, validator=validators.text(50))
    join_date: date = field(validator=validators.day)
    status: DistributorStatus = DistributorStatus.ACTIVE
    territory_id: UUID | None = None
    personal_pv: Decimal = field(default=Decimal(0), validator=validators.volume())
    group_pv: Decimal = field(default=Decimal(0), validator=validators.volume())
    current_month_pv: Decimal = field(default=Decimal(0), validator=validators.volume())
    current_month_gv: Decimal = field(default=Decimal(0), validator=validators.volume())
    lifetime_pv: Decimal = field(default=Decimal(0), validator=validators.volume())
    auto_ship_active: bool = False
    qualification_date: date | None = field(default=None, validator=validators.day)
    next_rank_target: str | None = field(default=None, validator=validators.text(50))
    notes: str | None = field(default=None, validator=validators.text())
    created_at: datetime | None = field(default=None, validator=validators.aware)
    updated_at: datetime | None = field(default=None, validator=validators.aware)
    placement_leg: int | None = field(default=None, validator=validators.integer(1))
    sponsor_leg: int | None = field(default=None, validator=validators.integer(1))
    attributes: Mapping[str, Any] = field(factory=dict, validator=validators.json_object)
    payout_method: PayoutMethod | None = None

    def __attrs_post_init__(self) -> None:
        for name in ("sponsor_id", "placement_id", "enroller_id"):
            if getattr(self, name) == self.user_id:
                raise self._broken(f"{name} of distributor {{}} is that distributor", "nobody stands below themselves")
        if (self.placement_id is None) != (self.placement_leg is None):
            raise self._broken("distributor {} has one of placement_id and placement_leg", "give both or neither")
        if self.sponsor_leg is not None and self.sponsor_id is None:
            raise self._broken("distributor {} has a sponsor_leg and no sponsor_id", "give both, or no sponsor_leg")

    def _broken(self, what: str, todo: str) -> InputError:
        return validators.broken(what.format(self.distributor_number), todo)


@frozen(kw_only=True, field_transformer=validators.checked)
class PersonEvent:
    """Something that happened to a distributor and that plans may pay on."""

    id: UUID = field(factory=new_id)
    distributor_id: UUID
    name: str = field(validator=validators.text(50, empty=False))
    occurred_at: datetime = field(validator=validators.aware)
    data: Mapping[str, Any] = field(factory=dict, validator=validators.json_object)
    created_at: datetime | None = field(default=None, validator=validators.aware)
