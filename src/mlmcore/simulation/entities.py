"""A seeded network as entities, ready to be stored: the same seed gives the same ids."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Final
from uuid import UUID

from attrs import frozen

from mlmcore.domain.enums import KycStatus, OrderStatus, PaymentStatus, PayoutMethod
from mlmcore.domain.ids import key_of
from mlmcore.domain.money import Money
from mlmcore.domain.people import Distributor, User, UserProfile
from mlmcore.domain.sales import Customer, Order, OrderItem, OrderRefund, OrderRefundItem, Product
from mlmcore.simulation.network import CATALOGUE, Sale, SeededNetwork

__all__ = ["SeededEntities", "entities_of"]

_CURRENCY: Final = "USD"
_UNVERIFIED_EVERY: Final = 25  # every so many members have not yet shown who they are


@frozen(kw_only=True)
class SeededEntities:
    """Everything to store, in the order in which it must be stored."""

    users: tuple[User, ...]
    profiles: tuple[UserProfile, ...]
    distributors: tuple[Distributor, ...]
    customers: tuple[Customer, ...]
    products: tuple[Product, ...]
    orders: tuple[Order, ...]
    refunds: tuple[OrderRefund, ...]


def entities_of(network: SeededNetwork) -> SeededEntities:
    """Make entities of a network; its members' and orders' names become numbers, and ids are made from them."""
    ids = [key_of(member.id) for member in network.members]
    return SeededEntities(
        users=tuple(
            User(id=key, email=f"{member.id}@example.com") for key, member in zip(ids, network.members, strict=True)
        ),
        profiles=tuple(
            UserProfile(
                user_id=key, kyc_status=KycStatus.VERIFIED if (at + 1) % _UNVERIFIED_EVERY else KycStatus.PENDING
            )
            for at, key in enumerate(ids)
        ),
        distributors=tuple(_distributors(network, ids)),
        customers=tuple(_customers(network, ids)),
        products=tuple(
            Product(
                id=key_of(ware.sku),
                sku=ware.sku,
                name=ware.name,
                price=Money.of(ware.price, _CURRENCY),
                currency=_CURRENCY,
                pv=ware.pv,
                inventory_tracked=False,
            )
            for ware in CATALOGUE
        ),
        orders=tuple(_order(sale, ids[sale.seller]) for sale in network.sales),
        refunds=tuple(_refund(sale) for sale in network.sales if sale.returned_on is not None),
    )


def _distributors(network: SeededNetwork, ids: list[UUID]) -> Iterator[Distributor]:
    def upline(position: int | None) -> UUID | None:
        return None if position is None else ids[position]

    for key, member in zip(ids, network.members, strict=True):
        yield Distributor(
            user_id=key,
            distributor_number=member.id,
            sponsor_id=upline(member.sponsor),
            placement_id=upline(member.placement),
            placement_leg=member.leg,
            enroller_id=upline(member.enroller),
            join_date=member.joined,
            payout_method=PayoutMethod.BANK_TRANSFER,
        )


def _customers(network: SeededNetwork, ids: list[UUID]) -> Iterator[Customer]:
    sales = {sale.customer: sale for sale in network.sales}
    for name, sale in sorted(sales.items()):
        yield Customer(
            id=_customer_id(name),
            customer_number=name,
            distributor_id=ids[sale.seller],
            email=f"{name}@example.com",
            user_id=ids[sale.seller] if sale.own else None,
        )


def _customer_id(name: str) -> UUID:
    return key_of(f"customer {name}")


def _instant(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)


def _order(sale: Sale, seller: UUID) -> Order:
    price = Money.of(sale.ware.price, _CURRENCY)
    nothing = Money.zero(_CURRENCY)
    total = price * sale.quantity
    item = OrderItem(
        id=_item_id(sale),
        order_id=key_of(sale.id),
        product_id=key_of(sale.ware.sku),
        quantity=sale.quantity,
        unit_price=price,
        total_price=total,
        pv=sale.ware.pv * sale.quantity,
    )
    return Order(
        id=key_of(sale.id),
        order_number=sale.id,
        customer_id=_customer_id(sale.customer),
        distributor_id=seller,
        status=OrderStatus.DELIVERED,
        payment_status=PaymentStatus.PARTIALLY_REFUNDED if sale.returned else PaymentStatus.PAID,
        subtotal=total,
        discount_amount=nothing,
        tax_amount=nothing,
        shipping_amount=nothing,
        total=total,
        currency=_CURRENCY,
        shipping_address={"country": "US"},
        billing_address={"country": "US"},
        paid_at=_instant(sale.day),
        volumes={"cv": f"{sale.ware.cv * sale.quantity:f}"},
        items=(item,),
    )


def _item_id(sale: Sale) -> UUID:
    return key_of(f"{sale.id} item")


def _refund(sale: Sale) -> OrderRefund:
    key = key_of(f"{sale.id}-r")
    amount = Money.of(sale.ware.price, _CURRENCY) * sale.returned
    item = OrderRefundItem(
        id=key_of(f"{sale.id}-r item"),
        refund_id=key,
        order_item_id=_item_id(sale),
        quantity=sale.returned,
        amount=amount,
        pv=sale.ware.pv * sale.returned,
    )
    assert sale.returned_on is not None  # noqa: S101  (only such sales come here)
    return OrderRefund(
        id=key,
        refund_number=f"{sale.id}-r",
        order_id=key_of(sale.id),
        refunded_at=_instant(sale.returned_on),
        amount=amount,
        currency=_CURRENCY,
        volumes={"cv": f"{sale.ware.cv * sale.returned:f}"},
        items=(item,),
    )
