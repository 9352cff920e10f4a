"""What roles, customers and warehouses come to together, in words for the form."""

from dataclasses import dataclass

from apps.clients.roles import BY_CODE, FULL_ACCESS, ApiRole, with_implied
from apps.customers.models import Customer
from apps.tenants.models import Warehouse


@dataclass(frozen=True, slots=True)
class Preview:
    """What a client will be able to reach."""

    all_customers: bool
    customers: list[Customer]
    all_warehouses: bool
    warehouses: list[Warehouse]
    chosen: tuple[str, ...]

    @property
    def roles(self) -> list[ApiRole]:
        """Its roles, those that others imply included."""
        return [BY_CODE[code] for code in with_implied(self.chosen)]

    @property
    def implied(self) -> list[tuple[ApiRole, ApiRole]]:
        """The roles that come with another one, and with which."""
        return [
            (BY_CODE[code], role) for role in self.roles for code in role.implies if role.code in self.chosen
        ]

    @property
    def endpoints(self) -> list[str]:
        """The endpoints that the roles open, each once."""
        return list(dict.fromkeys(name for role in self.roles for name in role.endpoints))

    @property
    def too_much(self) -> bool:
        """Whether a customer's client gets API Full Access."""
        return FULL_ACCESS in self.chosen and not self.all_customers
