"""An organisation with an account, what it may use, who is in it and where its goods lie."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from apps.core.models import Entity
from apps.core.money import Money
from apps.core.names import name_key
from apps.tenants.querysets import TenantQuerySet


class Tenant(Entity):
    """An organisation with an account (the "chain" of seed 001)."""

    slug = models.SlugField(max_length=63, unique=True)
    name = models.CharField(max_length=120)
    zone = models.CharField(
        max_length=64, help_text="IANA name of the time zone, such as Australia/Brisbane."
    )
    currency = models.CharField(max_length=3, validators=[RegexValidator(r"\A[A-Z]{3}\Z")])
    account_manager_name = models.CharField(max_length=120, blank=True)
    account_manager_email = models.EmailField(blank=True)
    account_manager_phone = models.CharField(max_length=40, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    call_cap = models.PositiveBigIntegerField(
        "Weekly cap",
        null=True,
        blank=True,
        help_text="Billable calls a week after which calls are answered 429.",
    )
    capped_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Plan(models.Model):
    """What a tenant's plan includes from one local date on; the next row ends it."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="plans")
    valid_from = models.DateField(help_text="The tenant's local date from which these figures hold.")
    consignments = models.PositiveIntegerField(default=0, help_text="Consignments a week.")
    warehouse_orders = models.PositiveIntegerField(default=0, help_text="Warehouse orders a week.")
    calls_per_unit = models.PositiveSmallIntegerField(
        default=5, help_text="API calls included per each of them."
    )
    excess_price_minor = models.PositiveIntegerField(
        default=1, help_text="Price of an excess call, in cents."
    )
    token_limit = models.PositiveSmallIntegerField(default=11, help_text="Bearer tokens at one time.")
    api_integration = models.BooleanField("API Integration", default=False)
    orders_per_minute = models.PositiveSmallIntegerField(
        default=30, help_text="Orders a minute for each client."
    )

    class Meta:
        ordering = ("tenant", "-valid_from")
        constraints = (
            models.UniqueConstraint(fields=("tenant", "valid_from"), name="tenants_plan_one_a_date"),
        )

    def __str__(self) -> str:
        return f"{self.consignments} consignments and {self.warehouse_orders} warehouse orders a week"

    @property
    def included_calls(self) -> int:
        """Calls a week that cost nothing more."""
        return self.calls_per_unit * (self.consignments + self.warehouse_orders)

    @property
    def excess_price(self) -> Money:
        """Price of an excess call, written as on the statements: $0.01."""
        return Money(self.excess_price_minor, self.tenant.currency)


class ZoneChange(models.Model):
    """A tenant's move to another time zone, from the start of a week on (design §6)."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="zone_changes")
    starts = models.DateTimeField(help_text="When the week in progress ends and the one in between begins.")
    old_zone = models.CharField(max_length=64)
    new_zone = models.CharField(max_length=64)

    class Meta:
        ordering = ("tenant", "starts")
        constraints = (
            models.UniqueConstraint(fields=("tenant", "starts"), name="tenants_zone_change_one_a_week"),
        )

    def __str__(self) -> str:
        return f"{self.old_zone} to {self.new_zone} from {self.starts:%Y-%m-%d %H:%M} UTC"


class Role(models.TextChoices):
    """What a member is in a tenant."""

    ADMINISTRATOR = "administrator", "Administrator"
    VIEWER = "viewer", "Viewer"
    CUSTOMER = "customer", "Customer user"


class Membership(Entity):
    """A user in a tenant. `customer_ids` are the customers that a customer user sees, and nothing for the others."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role)
    can_edit_users = models.BooleanField("Allow this user to edit other users", default=False)
    customer_ids = models.JSONField(default=list, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ("user__email",)
        constraints = (
            models.UniqueConstraint(fields=("tenant", "user"), name="tenants_membership_once"),
            models.CheckConstraint(
                condition=Q(role=Role.ADMINISTRATOR) | Q(can_edit_users=False),
                name="tenants_membership_editor_is_administrator",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} in {self.tenant}"


class Invitation(Entity):
    """A membership offered by mail; the link's token is stored as its digest only."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=16, choices=Role)
    can_edit_users = models.BooleanField(default=False)
    customer_ids = models.JSONField(default=list, blank=True)
    token_digest = models.CharField(max_length=64, unique=True)
    expires = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ("-created",)

    def __str__(self) -> str:
        return f"{self.email} to {self.tenant}"


class Warehouse(Entity):
    """A place of the tenant (a "store" in seed 001). An inactive one takes no orders."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="warehouses")
    name = models.CharField(max_length=120)
    name_key = models.CharField(max_length=240, editable=False)
    is_active = models.BooleanField("Active", default=True)
    is_default = models.BooleanField("Default", default=False)
    address1 = models.CharField("Address", max_length=200, blank=True)
    city = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=100, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166 code, such as AU.")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("tenant", "name_key"), name="tenants_warehouse_name"),
            models.UniqueConstraint(
                fields=("tenant",), condition=Q(is_default=True), name="tenants_warehouse_one_default"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        """Keep the key that makes names unique in step with the name."""
        self.name_key = name_key(self.name)
        super().save(*args, **kwargs)  # type: ignore[arg-type]  # Model.save's own signature
