"""The life of an endpoint: made, changed, paused, its key rotated, removed."""

import base64
import secrets
from datetime import timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.core.names import name_key
from apps.core.outbound import ForbiddenDestination, check_url
from apps.tenants.models import Tenant
from apps.webhooks.models import Delivery, DeliveryState, Endpoint, EndpointState
from apps.webhooks.sealed import seal

SIGNING_KEY_BYTES = 32
# Both keys sign during this time, so that a receiver can change over whenever it suits.
OVERLAP = timedelta(hours=24)


@transaction.atomic
def create_endpoint(
    *,
    tenant: Tenant,
    name: str,
    url: str,
    actor: Actor,
    auth_token: str = "",
    events: list[str] | None = None,
    customer_ids: list[UUID] | None = None,
    client_id: UUID | None = None,
    strict_order: bool = False,
) -> tuple[Endpoint, str]:
    """Store an endpoint; return it with its signing key (`whsec_...`), which the receiver verifies with.

    Raises ValidationError beside the field for a URL that is never dialled and for a name that is taken.
    """
    # Endpoints of a tenant are added one at a time, so that the name is still free when it is stored.
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    refuse_forbidden_url(url)
    if client_id is None:
        refuse_taken_name(tenant, name)
    endpoint = Endpoint(
        tenant=tenant,
        name=name,
        url=url,
        events=events or [],
        customer_ids=[str(customer_id) for customer_id in customer_ids or []],
        client_id=client_id,
        strict_order=strict_order,
    )
    key = new_signing_key()
    endpoint.signing_key_sealed = seal(endpoint, "signing_key", key)
    endpoint.auth_token_sealed = seal(endpoint, "auth_token", auth_token) if auth_token else ""
    endpoint.save(force_insert=True)
    record(
        "webhook.created",
        actor=actor,
        tenant_id=tenant.pk,
        target=endpoint,
        after=_public(endpoint),
    )
    return endpoint, key


@transaction.atomic
def update_endpoint(
    *,
    endpoint: Endpoint,
    name: str,
    url: str,
    events: list[str],
    customer_ids: list[UUID],
    actor: Actor,
    auth_token: str | None = None,
    strict_order: bool | None = None,
) -> Endpoint:
    """Change an endpoint; None leaves the Auth Token or the order as it is, an empty token removes it.

    A new URL needs the token entered anew: the old one was meant for another receiver's eyes. Raises ValidationError
    beside the field for that, for a URL that is never dialled and for a name that is taken.
    """
    Tenant.objects.select_for_update(no_key=True).get(pk=endpoint.tenant_id)
    endpoint = _locked(endpoint)
    before = _public(endpoint)
    if url != endpoint.url:
        refuse_forbidden_url(url)
        if endpoint.auth_token_sealed and auth_token is None:
            words = "The Webhook URL is new: enter its Auth Token, or say that it has none."
            raise ValidationError({"auth_token": words}, code="required")
    if endpoint.client_id is None:
        refuse_taken_name(endpoint.tenant, name, but=endpoint)
    if auth_token is not None:
        endpoint.auth_token_sealed = seal(endpoint, "auth_token", auth_token) if auth_token else ""
    endpoint.name, endpoint.url, endpoint.events = name, url, events
    endpoint.customer_ids = [str(customer_id) for customer_id in customer_ids]
    if strict_order is not None:
        endpoint.strict_order = strict_order
    fields = ["name", "name_key", "url", "events", "customer_ids", "auth_token_sealed", "strict_order"]
    endpoint.save(update_fields=fields)
    record(
        "webhook.updated",
        actor=actor,
        tenant_id=endpoint.tenant_id,
        target=endpoint,
        before=before,
        after={**_public(endpoint), "auth_token_changed": auth_token is not None},
    )
    return endpoint


@transaction.atomic
def rotate_signing_key(*, endpoint: Endpoint, expected_number: int, actor: Actor) -> str | None:
    """Give an endpoint a new signing key and return it; the old one signs beside it for `OVERLAP`.

    `expected_number` is the key's number that the person saw: a form sent twice, or from two tabs, rotates once, and
    the later one gets None.
    """
    endpoint = _locked(endpoint)
    if endpoint.key_number != expected_number:
        return None
    key = new_signing_key()
    endpoint.previous_key_sealed = endpoint.signing_key_sealed
    endpoint.previous_key_until = timezone.now() + OVERLAP
    endpoint.signing_key_sealed = seal(endpoint, "signing_key", key)
    endpoint.key_number += 1
    endpoint.save(
        update_fields=["previous_key_sealed", "previous_key_until", "signing_key_sealed", "key_number"]
    )
    record(
        "webhook.key_rotated",
        actor=actor,
        tenant_id=endpoint.tenant_id,
        target=endpoint,
        after={"old_key_signs_until": endpoint.previous_key_until},
    )
    return key


@transaction.atomic
def pause(*, endpoint: Endpoint, actor: Actor) -> bool:
    """Hold an endpoint's events back until it is resumed; False if it is not active."""
    endpoint = _locked(endpoint)
    if endpoint.state != EndpointState.ACTIVE:
        return False
    Endpoint.objects.filter(pk=endpoint.pk).update(
        state=EndpointState.PAUSED, failing_since=None, days_warned=0
    )
    hold(endpoint)
    _record_state("webhook.paused", endpoint, EndpointState.PAUSED, actor)
    return True


@transaction.atomic
def resume(*, endpoint: Endpoint, actor: Actor) -> int | None:
    """Send to an endpoint again, beginning with what was held back; return how many, None if it was active."""
    endpoint = _locked(endpoint)
    if endpoint.state not in (EndpointState.PAUSED, EndpointState.DISABLED):
        return None
    Endpoint.objects.filter(pk=endpoint.pk).update(
        state=EndpointState.ACTIVE, disabled_reason="", disabled_at=None, failing_since=None, days_warned=0
    )
    held = Delivery.objects.filter(endpoint=endpoint, state=DeliveryState.HELD)
    replayed = held.update(state=DeliveryState.PENDING, due=timezone.now(), tries=0)
    _record_state("webhook.resumed", endpoint, EndpointState.ACTIVE, actor, replayed=replayed)
    return replayed


@transaction.atomic
def disable(*, endpoint: Endpoint, reason: str, actor: Actor) -> bool:
    """Stop sending to an endpoint that keeps failing; its events are held. False if it is not active any more."""
    endpoint = _locked(endpoint)
    if endpoint.state != EndpointState.ACTIVE:
        return False
    Endpoint.objects.filter(pk=endpoint.pk).update(
        state=EndpointState.DISABLED, disabled_reason=reason, disabled_at=timezone.now()
    )
    hold(endpoint)
    _record_state("webhook.disabled", endpoint, EndpointState.DISABLED, actor, reason=reason)
    return True


@transaction.atomic
def remove_endpoint(*, endpoint: Endpoint, actor: Actor) -> None:
    """Stop sending to an endpoint for good; its deliveries stay to be read."""
    endpoint = _locked(endpoint)
    Endpoint.objects.filter(pk=endpoint.pk).update(
        state=EndpointState.REMOVED,
        auth_token_sealed="",
        signing_key_sealed="",
        previous_key_sealed="",
        previous_key_until=None,
    )
    waiting = (DeliveryState.PENDING, DeliveryState.HELD)
    Delivery.objects.filter(endpoint=endpoint, state__in=waiting).update(
        state=DeliveryState.FAILED, due=None, finished_at=timezone.now()
    )
    record(
        "webhook.removed",
        actor=actor,
        tenant_id=endpoint.tenant_id,
        target=endpoint,
        before={"url": endpoint.url},
    )


def hold(endpoint: Endpoint) -> int:
    """Take what waits for an endpoint out of what is due, until it is resumed; tests still go."""
    waiting = Delivery.objects.filter(endpoint=endpoint, state=DeliveryState.PENDING, event__is_test=False)
    return waiting.update(state=DeliveryState.HELD, due=None)


def refuse_forbidden_url(url: str, field: str = "url") -> None:
    """Raise ValidationError beside `field` for a URL that is never dialled; every way to store one comes by here."""
    try:
        check_url(url)
    except ForbiddenDestination as error:
        raise ValidationError({field: error.reason}, code="forbidden") from error


def refuse_taken_name(tenant: Tenant, name: str, *, but: Endpoint | None = None) -> None:
    """Raise ValidationError for a name that another endpoint of the tenant has; channels' names don't count."""
    others = Endpoint.objects.of(tenant).kept().filter(name_key=name_key(name), client_id=None)
    if others.exclude(pk=but.pk if but else None).exists():
        words = "Another endpoint has this name. Choose a different one."
        raise ValidationError({"name": words}, code="duplicate")


def new_signing_key() -> str:
    """A fresh Standard Webhooks key: `whsec_` and base64 of 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SIGNING_KEY_BYTES)).decode()


def _locked(endpoint: Endpoint) -> Endpoint:
    # Without the key, so that orders which write an event for this endpoint don't wait.
    locked: Endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    return locked


def _record_state(
    action: str, endpoint: Endpoint, state: EndpointState, actor: Actor, **more: object
) -> None:
    record(
        action,
        actor=actor,
        tenant_id=endpoint.tenant_id,
        target=endpoint,
        before={"state": endpoint.state},
        after={"state": str(state), **more},
    )


def _public(endpoint: Endpoint) -> dict[str, object]:
    return {
        "name": endpoint.name,
        "url": endpoint.url,
        "events": endpoint.events,
        "customers": endpoint.customer_ids,
        "strict_order": endpoint.strict_order,
    }
