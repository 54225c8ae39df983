"""Numbers that a store draws, and how a company writes them on badges."""

from attrs import field, frozen

from mlmcore.domain import validators

__all__ = ["NumberFormat"]


@frozen(kw_only=True)
class NumberFormat:
    """How a drawn number is written: a prefix, and at least so many digits.

    >>> NumberFormat(prefix="D-", digits=6).written(42)
    'D-000042'

    Attributes:
        prefix: What stands before the digits; may be empty.
        digits: With how many digits at least; a longer number is written whole.
    """

    prefix: str = field(validator=validators.text(10))
    digits: int = field(validator=validators.integer(1, 10))

    def written(self, number: int) -> str:
        """A number as it is stored."""
        return f"{self.prefix}{number:0{self.digits}d}"
