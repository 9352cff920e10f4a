"""Who calls the API, and what they prove it with."""

import secrets

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from apps.clients.lifecycle import State
from apps.clients.querysets import ClientQuerySet
from apps.clients.roles import names_of
from apps.core.models import Entity
from apps.core.names import name_key
from apps.customers.models import Customer
from apps.tenants.models import Tenant, Warehouse
from apps.tenants.querysets import TenantQuerySet


def token_reference() -> int:
    """A random number of 63 bits that access tokens name their credential by."""
    return secrets.randbits(63)


class Kind(models.TextChoices):
    """The four kinds of access (design §3)."""

    CLIENT = "client", "API client"
    CHANNEL = "channel", "Channel"
    BEARER = "bearer", "Bearer token"
    ACCESS = "access", "Access token"


class ApiClient(Entity):
    """A principal that calls the API.

    `generation` rises whenever the client loses something, which ends the access tokens issued before. `version`
    rises with each change of its credentials: a form carries the version it was made for, so a form submitted twice,
    or in two tabs, acts once. `creation_key` does the same for the form that adds the client. `expiry_told` is the
    number of days before `expires` at which the administrators were last told of it, and `allowed_networks` (see
    `networks`) names the addresses it may call from, all of them where it is empty.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="api_clients")
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.CLIENT)
    client_id = models.CharField("Client ID", max_length=100, unique=True)
    name = models.CharField(max_length=120)
    name_key = models.CharField(max_length=240, editable=False)
    roles = models.JSONField(default=list, blank=True)
    all_customers = models.BooleanField(default=False)
    customers = models.ManyToManyField(Customer, related_name="api_clients", blank=True)
    all_warehouses = models.BooleanField(default=False)
    warehouses = models.ManyToManyField(Warehouse, related_name="api_clients", blank=True)
    is_active = models.BooleanField("Active", default=True)
    is_internal = models.BooleanField("Internal", default=False)
    is_legacy = models.BooleanField("Legacy", default=False)
    expires = models.DateTimeField(null=True, blank=True)
    expiry_told = models.PositiveSmallIntegerField(null=True, editable=False)
    allowed_networks = models.TextField(blank=True)
    generation = models.PositiveIntegerField(default=1, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)
    creation_key = models.UUIDField(null=True, editable=False)
    created_by = models.CharField(max_length=200, blank=True)
    revoked_at = models.DateTimeField(null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects = ClientQuerySet.as_manager()

    class Meta:
        verbose_name = "API client"
        ordering = ("name_key",)
        indexes = (
            models.Index(fields=("tenant", "kind", "name_key"), name="clients_client_list"),
            # The list says how many there are: counted by this index alone, not by 100,000 rows.
            models.Index(fields=("tenant",), condition=Q(deleted_at=None), name="clients_client_count"),
            models.Index(
                fields=("expires",), condition=Q(expires__isnull=False), name="clients_client_expiry"
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("tenant", "name_key"), condition=Q(deleted_at=None), name="clients_client_name"
            ),
            models.UniqueConstraint(fields=("tenant", "creation_key"), name="clients_client_created_once"),
            models.UniqueConstraint(Lower("client_id"), name="clients_client_id_in_any_case"),
            models.CheckConstraint(
                condition=~Q(kind=Kind.ACCESS) | Q(client_id=Lower("client_id")),
                name="clients_client_username_lower_case",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at=None) | Q(revoked_at__isnull=False),
                name="clients_client_deleted_is_revoked",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(is_active=False), name="clients_client_revoked_is_inactive"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        """Keep the key that makes names unique in step with the name."""
        self.name_key = name_key(self.name)
        super().save(*args, **kwargs)  # type: ignore[arg-type]  # Model.save's own signature

    @property
    def role_names(self) -> list[str]:
        """Its roles as the form names them."""
        return names_of(self.roles)


class Configuration(models.TextChoices):
    """How a channel's orders get their warehouse (seed 000)."""

    SMART = "smart", "Smart Allocation"
    MANUAL = "manual", "Manual"


class Channel(models.Model):
    """The order-processing settings of an API client of kind channel.

    The webhook's Auth Token waits here, sealed, until Confirm makes the endpoint: what is not confirmed sends nothing.
    """

    client = models.OneToOneField(ApiClient, models.CASCADE, primary_key=True, related_name="channel")
    configuration = models.CharField(max_length=16, choices=Configuration)
    threshold_weight = models.DecimalField("Package weight", max_digits=9, decimal_places=3)
    threshold_volume = models.DecimalField("Package volume", max_digits=9, decimal_places=3)
    webhook_url = models.URLField("Webhook URL", max_length=500, blank=True)
    webhook_token_sealed = models.TextField(blank=True, editable=False)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(threshold_weight__gt=0) & Q(threshold_volume__gt=0),
                name="clients_channel_threshold_positive",
            ),
        )

    def __str__(self) -> str:
        return f"{self.client}, {self.get_configuration_display()}"


class ChannelDraft(Entity):
    """What somebody has answered in the wizard so far, so that they can go on later, or go back.

    `key` is that of the page it began on, `answers` are texts as typed, by field; the Auth Token is sealed. `client` is
    the channel that was made of it as long as its credentials wait for Confirm.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="channel_drafts")
    key = models.UUIDField(editable=False)
    answers = models.JSONField(default=dict)
    auth_token_sealed = models.TextField(blank=True, editable=False)
    client = models.OneToOneField(ApiClient, models.SET_NULL, null=True, related_name="draft")
    created_by = models.CharField(max_length=200)
    modified = models.DateTimeField(auto_now=True, db_index=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ("-modified",)
        constraints = (models.UniqueConstraint(fields=("tenant", "key"), name="clients_draft_key"),)

    def __str__(self) -> str:
        return self.answers.get("name") or "Channel without a name"

    @property
    def waits(self) -> bool:
        """Whether its credentials were shown and wait for Confirm."""
        return self.client is not None and self.client.deleted_at is None


class CredentialKind(models.TextChoices):
    """What a credential is to whoever holds it."""

    SECRET = "secret", "Client Secret"
    PASSWORD = "password", "Password"
    BEARER = "bearer", "Bearer token"


class Credential(Entity):
    """Something an API client proves itself with.

    Random secrets are found by `digest`, their SHA-256. What a person chose, and what was issued before the portal
    existed, is stored as `encoded` and found by the client id alone. `number` counts a client's credentials of a kind.
    """

    client = models.ForeignKey(ApiClient, models.CASCADE, related_name="credentials")
    kind = models.CharField(max_length=16, choices=CredentialKind)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=[(state, state) for state in State])
    digest = models.CharField(max_length=64, null=True, unique=True, editable=False)  # noqa: DJ001  # NULLs are never equal
    encoded = models.CharField(max_length=256, blank=True, editable=False)
    reference = models.BigIntegerField(unique=True, default=token_reference, editable=False)
    activated = models.DateTimeField(null=True)
    ends = models.DateTimeField(null=True)
    revoked = models.DateTimeField(null=True)
    created_by = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("client", "kind", "-number")
        constraints = (
            models.UniqueConstraint(fields=("client", "kind", "number"), name="clients_credential_number"),
            *(
                models.UniqueConstraint(
                    fields=("client", "kind"),
                    condition=Q(state=state),
                    name=f"clients_credential_one_{state}",
                )
                for state in (State.PENDING, State.ACTIVE, State.RETIRING)
            ),
            models.CheckConstraint(
                condition=Q(digest__isnull=False, encoded="") | (Q(digest=None) & ~Q(encoded="")),
                name="clients_credential_stored_once",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(State.PENDING, State.RETIRING)) | Q(ends__isnull=False),
                name="clients_credential_ends",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.REVOKED) | Q(revoked__isnull=False),
                name="clients_credential_revoked_when",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number} of {self.client}"


class RevokedToken(models.Model):
    """An access token given back before its end (RFC 7009), kept until that end."""

    digest = models.CharField(max_length=64, primary_key=True)
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"until {self.expires:%Y-%m-%d %H:%M}"


class Attempt(models.Model):
    """Failed proofs by a chosen password from one address within a minute: the brake before slow hashing."""

    key = models.CharField(max_length=64, primary_key=True)
    minute = models.BigIntegerField()
    failures = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.failures} in minute {self.minute}"


class OrderLimit(models.Model):
    """How many orders a client has made in each of the past seconds, counted since 1970 (`limits.py`)."""

    client = models.OneToOneField(ApiClient, models.CASCADE, primary_key=True, related_name="order_limit")
    taken = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"orders of {self.client}"


class Standing(models.Model):
    """How often anything has changed that says what a client may do. Triggers count, nobody else (`standing.py`)."""

    subject = models.UUIDField(primary_key=True, help_text="A client or a tenant.")
    version = models.PositiveBigIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.subject} at {self.version}"


ANY_METHOD = "ANY"


class GatewayRule(Entity):
    """A route that the gateway opens to some roles, beside those of the Partner API (`gateway.py`).

    `pattern` is as a person wrote it; `pattern_key` leaves out what tells no two patterns apart.
    """

    METHODS = (
        (ANY_METHOD, "Any method"),
        *((name, name) for name in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")),
    )

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="gateway_rules")
    method = models.CharField(max_length=8, choices=METHODS)
    pattern = models.CharField("Path", max_length=200)
    pattern_key = models.CharField(max_length=200, editable=False)
    roles = models.JSONField(default=list)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ("pattern_key", "method")
        constraints = (
            models.UniqueConstraint(
                fields=("tenant", "method", "pattern_key"), name="clients_gateway_rule_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.method} {self.pattern}"

    @property
    def endpoint(self) -> str:
        """The name under which its calls are in the ledger."""
        return f"gateway {self.method} {self.pattern}"[:80]

    @property
    def role_names(self) -> list[str]:
        """The roles that open it, as the form names them."""
        return names_of(self.roles)
