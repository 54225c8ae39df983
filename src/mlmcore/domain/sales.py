"""Customers, products and orders, with their refunds: what was sold to whom.

One frozen class per table; attributes are named as the columns and stand in their order. `None` for a timestamp
means that the store sets it.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from attrs import field, frozen
from attrs.validators import optional

from mlmcore.domain import validators
from mlmcore.domain.enums import CustomerStatus, OrderStatus, PaymentStatus, ProductStatus
from mlmcore.domain.exact import exact_sum
from mlmcore.domain.ids import new_id
from mlmcore.domain.money import Money

__all__ = ["Customer", "Order", "OrderItem", "OrderRefund", "OrderRefundItem", "Product", "ProductCategory"]


@frozen(kw_only=True, field_transformer=validators.checked)
class Customer:
    """Somebody who buys. With `user_id` set it is a distributor who buys for own use (decision D12).

    Attributes:
        auto_ship_enabled: Whether the customer agrees to be sent what is ordered by itself.
        lifetime_value: What was paid for orders, less what was given back, in `lifetime_currency`.
        first_order_date: The day of the first order that was paid; `last_order_date` of the last.
        lifetime_currency: That of the first payment; orders in another currency are not in `lifetime_value`.
    """

    id: UUID = field(factory=new_id)
    customer_number: str = field(validator=validators.text(20, empty=False))
    distributor_id: UUID
    email: str = field(validator=validators.email(255))
    phone: str | None = field(default=None, validator=validators.text(20))
    first_name: str | None = field(default=None, validator=validators.text(100))
    last_name: str | None = field(default=None, validator=validators.text(100))
    date_of_birth: date | None = field(default=None, validator=validators.day)
    preferred_language: str = field(default="en", validator=validators.text(10))
    billing_address: Mapping[str, Any] | None = field(default=None, validator=validators.json_object)
    shipping_addresses: tuple[Mapping[str, Any], ...] | None = field(default=None, validator=validators.json_object)
    payment_methods: tuple[Mapping[str, Any], ...] | None = field(
        default=None, validator=validators.json_object, repr=False
    )
    marketing_opt_in: bool = False
    auto_ship_enabled: bool = False
    loyalty_points: int = field(default=0, validator=validators.integer(0))
    lifetime_value: Decimal = field(default=Decimal(0), validator=validators.money_amount())
    first_order_date: date | None = field(default=None, validator=validators.day)
    last_order_date: date | None = field(default=None, validator=validators.day)
    status: CustomerStatus = CustomerStatus.ACTIVE
    notes: str | None = field(default=None, validator=validators.text())
    created_at: datetime | None = field(default=None, validator=validators.aware)
    updated_at: datetime | None = field(default=None, validator=validators.aware)
    user_id: UUID | None = None
    lifetime_currency: str | None = field(default=None, validator=optional(validators.currency))

    def __attrs_post_init__(self) -> None:
        validators.in_order(self, "first_order_date", "last_order_date")


@frozen(kw_only=True, field_transformer=validators.checked)
class ProductCategory:
    """A shelf in the catalogue; categories form a tree."""

    id: UUID = field(factory=new_id)
    slug: str = field(validator=validators.text(100, empty=False))
    name: str = field(validator=validators.text(200, empty=False))
    description: str | None = field(default=None, validator=validators.text())
    parent_id: UUID | None = None
    is_active: bool = True
    created_at: datetime | None = field(default=None, validator=validators.aware)
    updated_at: datetime | None = field(default=None, validator=validators.aware)

    def __attrs_post_init__(self) -> None:
        if self.parent_id == self.id:
            raise validators.broken(f"parent_id of category {self.slug} is that category", "nothing is below itself")


@frozen(kw_only=True, field_transformer=validators.checked)
class Product:
    """Something that is sold. `pv` is the volume of one piece; `subscription_frequency` is in days.

    Where `inventory_tracked` is set, `stock_quantity` is what may still be sold, and never below zero; elsewhere it
    means nothing.
    """

    id: UUID = field(factory=new_id)
    sku: str = field(validator=validators.text(50, empty=False))
    name: str = field(validator=validators.text(200, empty=False))
    description: str | None = field(default=None, validator=validators.text())
    short_description: str | None = field(default=None, validator=validators.text())
    category_id: UUID | None = None
    price: Money = field(validator=validators.money(0))
    cost: Money | None = field(default=None, validator=validators.money(0))
    currency: str = field(default="USD", validator=validators.currency)
    pv: Decimal = field(default=Decimal(0), validator=validators.volume(0))
    weight: Decimal | None = field(default=None, validator=validators.exact_decimal(2, 0, digits=8))
    dimensions: Mapping[str, Any] | None = field(default=None, validator=validators.json_object)
    images: tuple[str, ...] | None = field(default=None, validator=validators.each_text)
    is_subscription: bool = False
    subscription_frequency: int | None = field(default=None, validator=validators.integer(1))
    tax_code: str | None = field(default=None, validator=validators.text(20))
    shipping_class: str | None = field(default=None, validator=validators.text(50))
    inventory_tracked: bool = True
    stock_quantity: int = field(default=0, validator=validators.integer())
    min_stock_level: int = field(default=0, validator=validators.integer(0))
    status: ProductStatus = ProductStatus.ACTIVE
    launch_date: date | None = field(default=None, validator=validators.day)
    discontinued_date: date | None = field(default=None, validator=validators.day)
    created_at: datetime | None = field(default=None, validator=validators.aware)
    updated_at: datetime | None = field(default=None, validator=validators.aware)

    def __attrs_post_init__(self) -> None:
        validators.same_currency(self, "price", "cost")
        validators.in_order(self, "launch_date", "discontinued_date")
        if self.inventory_tracked and self.stock_quantity < 0:
            raise validators.broken(
                f"stock_quantity of product {self.sku} is {self.stock_quantity}",
                "a product whose inventory is tracked cannot have less than none",
            )

    @property
    def missing(self) -> int:
        """How many pieces bring the stock back to `min_stock_level`; 0 where the inventory is not tracked."""
        return max(0, self.min_stock_level - self.stock_quantity) if self.inventory_tracked else 0


@frozen(kw_only=True, field_transformer=validators.checked)
class OrderItem:
    """One line of an order.

    Attributes:
        pv: The whole line's volume, not one piece's (decision D18).
        stock_taken: How many of the pieces were taken out of the stock when the order was placed; so many go back when
            it is cancelled.
    """

    id: UUID = field(factory=new_id)
    order_id: UUID
    product_id: UUID
    quantity: int = field(validator=validators.integer(1))
    unit_price: Money = field(validator=validators.money(0))
    total_price: Money = field(validator=validators.money(0))
    pv: Decimal = field(validator=validators.volume(0))
    created_at: datetime | None = field(default=None, validator=validators.aware)
    stock_taken: int = field(default=0, validator=validators.integer(0))

    def __attrs_post_init__(self) -> None:
        if self.stock_taken > self.quantity:
            raise validators.broken(
                f"stock_taken of product {self.product_id} is {self.stock_taken}", f"{self.quantity} were ordered"
            )
        expected = self.unit_price * self.quantity
        if self.total_price != expected:
            raise validators.broken(
                f"total_price of product {self.product_id} is {self.total_price}",
                f"{self.quantity} x {self.unit_price} is {expected}",
            )


@frozen(kw_only=True, field_transformer=validators.checked)
class Order:
    """A sale, credited to a distributor, with its items.

    Attributes:
        items: The lines; no column. Empty where only the head was read.
    """

    id: UUID = field(factory=new_id)
    order_number: str = field(validator=validators.text(30, empty=False))
    customer_id: UUID
    distributor_id: UUID
    status: OrderStatus = OrderStatus.PENDING
    subtotal: Money = field(validator=validators.money(0))
    discount_amount: Money = field(default=validators.zero_like("subtotal"), validator=validators.money(0))
    tax_amount: Money = field(default=validators.zero_like("subtotal"), validator=validators.money(0))
    shipping_amount: Money = field(default=validators.zero_like("subtotal"), validator=validators.money(0))
    total: Money = field(validator=validators.money(0))
    currency: str = field(default="USD", validator=validators.currency)
    payment_status: PaymentStatus = PaymentStatus.PENDING
    payment_method: str | None = field(default=None, validator=validators.text(50))
    payment_reference: str | None = field(default=None, validator=validators.text(100))
    shipping_address: Mapping[str, Any] = field(validator=validators.json_object)
    billing_address: Mapping[str, Any] = field(validator=validators.json_object)
    shipping_method: str | None = field(default=None, validator=validators.text(50))
    tracking_number: str | None = field(default=None, validator=validators.text(100))
    shipped_at: datetime | None = field(default=None, validator=validators.aware)
    delivered_at: datetime | None = field(default=None, validator=validators.aware)
    notes: str | None = field(default=None, validator=validators.text())
    created_at: datetime | None = field(default=None, validator=validators.aware)
    updated_at: datetime | None = field(default=None, validator=validators.aware)
    paid_at: datetime | None = field(default=None, validator=validators.aware)
    volumes: Mapping[str, Any] = field(factory=dict, validator=validators.json_object)
    items: tuple[OrderItem, ...] = ()

    def __attrs_post_init__(self) -> None:
        validators.same_currency(self, "subtotal", "discount_amount", "tax_amount", "shipping_amount", "total")
        expected = self.subtotal - self.discount_amount + self.tax_amount + self.shipping_amount
        if self.total != expected:
            raise validators.broken(
                f"total of order {self.order_number} is {self.total}",
                f"subtotal - discount + tax + shipping is {expected}",
            )
        validators.in_order(self, "shipped_at", "delivered_at")
        self._check_items()

    def _check_items(self) -> None:
        if not self.items:
            return
        strangers = [item.id for item in self.items if item.order_id != self.id]
        if strangers:
            raise validators.broken(
                f"items of order {self.order_number} name another order: {', '.join(map(str, strangers))}"
            )
        items_total = sum((item.total_price for item in self.items), Money.zero(self.currency))
        if items_total != self.subtotal:
            raise validators.broken(
                f"subtotal of order {self.order_number} is {self.subtotal}", f"its items sum to {items_total}"
            )

    @property
    def pv(self) -> Decimal:
        """The volume of all items, in points."""
        return exact_sum(item.pv for item in self.items)


@frozen(kw_only=True, field_transformer=validators.checked)
class OrderRefundItem:
    """What came back of one order line; quantities, amounts and volumes are positive."""

    id: UUID = field(factory=new_id)
    refund_id: UUID
    order_item_id: UUID
    quantity: int = field(validator=validators.integer(1))
    amount: Money = field(validator=validators.money(0))
    pv: Decimal = field(validator=validators.volume(0))
    created_at: datetime | None = field(default=None, validator=validators.aware)


@frozen(kw_only=True, field_transformer=validators.checked)
class OrderRefund:
    """A refund: its own dated event that names its order. The engine sees an order with negative volumes."""

    id: UUID = field(factory=new_id)
    refund_number: str = field(validator=validators.text(30, empty=False))
    order_id: UUID
    refunded_at: datetime = field(validator=validators.aware)
    amount: Money = field(validator=validators.money(0))
    currency: str = field(validator=validators.currency)
    volumes: Mapping[str, Any] = field(factory=dict, validator=validators.json_object)
    reason: str | None = field(default=None, validator=validators.text())
    created_at: datetime | None = field(default=None, validator=validators.aware)
    items: tuple[OrderRefundItem, ...] = ()

    def __attrs_post_init__(self) -> None:
        validators.same_currency(self, "amount")
        strangers = [item.id for item in self.items if item.refund_id != self.id]
        if strangers:
            raise validators.broken(
                f"items of refund {self.refund_number} name another refund: {', '.join(map(str, strangers))}"
            )
        foreign = [item.amount for item in self.items if item.amount.currency != self.currency]
        if foreign:
            raise validators.broken(
                f"items of refund {self.refund_number} are not in {self.currency}: {', '.join(map(str, foreign))}"
            )
