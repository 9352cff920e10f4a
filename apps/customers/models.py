"""A customer of a tenant: whose goods lie in the warehouses and whose orders come in."""

from django.db import models
from django.db.models import Q

from apps.core.models import Entity
from apps.core.names import name_key
from apps.customers.querysets import CustomerQuerySet
from apps.customers.settings import OrderSettings
from apps.tenants.models import Tenant, Warehouse


class Kind(models.TextChoices):
    """Whether a customer's orders are real."""

    LIVE = "live", "Live"
    SANDBOX = "sandbox", "SANDBOX"


class Customer(Entity):
    """A customer, live or sandbox; a sandbox remembers the live customer it was copied from."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="customers")
    name = models.CharField(max_length=120)
    name_key = models.CharField(max_length=240, editable=False)
    code = models.CharField(max_length=64, blank=True, help_text="Short code that orders may name it by.")
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.LIVE)
    copied_from = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="sandboxes")
    is_active = models.BooleanField("Active", default=True)
    email = models.EmailField("E-mail", blank=True)
    telephone = models.CharField(max_length=64, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    warehouses = models.ManyToManyField(Warehouse, related_name="customers", blank=True)
    last_number = models.PositiveBigIntegerField(default=0, editable=False)
    modified = models.DateTimeField(auto_now=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(fields=("tenant", "name_key"), name="customers_customer_name"),
            models.UniqueConstraint(
                fields=("tenant", "code"),
                condition=~Q(code=""),
                name="customers_customer_code",
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.SANDBOX) | Q(copied_from=None),
                name="customers_customer_copy_is_sandbox",
            ),
        )
        indexes = (models.Index(fields=("tenant", "created", "id"), name="customers_customer_created"),)

    def __str__(self) -> str:
        return self.label

    def save(self, *args: object, **kwargs: object) -> None:
        """Keep the key that makes names unique in step with the name."""
        self.name_key = name_key(self.name)
        super().save(*args, **kwargs)  # type: ignore[arg-type]  # Model.save's own signature

    @property
    def is_sandbox(self) -> bool:
        """Whether its orders are for testing."""
        return self.kind == Kind.SANDBOX

    @property
    def label(self) -> str:
        """The name as it is shown in a choice: a sandbox always says so in capitals."""
        return f"{self.name} (SANDBOX)" if self.is_sandbox else self.name

    @property
    def order_settings(self) -> OrderSettings:
        """How its orders are treated."""
        return OrderSettings.read(self.settings)
