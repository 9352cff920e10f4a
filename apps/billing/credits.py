"""Credits that support gives with a reason. Nothing of them ever changes: they stand on the statement closed next."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from apps.audit.actors import Actor
from apps.audit.services import record
from apps.billing.models import Credit
from apps.core.money import Money
from apps.tenants.models import Tenant


@transaction.atomic
def give_credit(*, tenant: Tenant, amount: Money, reason: str, form_key: UUID, actor: Actor) -> Credit:
    """Give a tenant an amount in its currency; the same form sent again gives the credit that it gave before.

    The tenant's row is locked as closing locks it, so that a credit is on one statement and on no second.
    """
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    given = Credit.objects.filter(form_key=form_key).first()
    if given:
        return given
    if amount.currency != tenant.currency:
        raise ValidationError(f"{tenant} is billed in {tenant.currency}.")
    if amount.minor <= 0:
        raise ValidationError("A credit is more than nothing.")
    credit = Credit.objects.create(
        tenant=tenant,
        amount_minor=amount.minor,
        currency=amount.currency,
        reason=reason,
        given_at=timezone.now(),
        given_by=actor.name[:254],
        form_key=form_key,
    )
    record(
        "credit.given",
        actor=actor,
        tenant_id=tenant.pk,
        target=credit,
        after={"amount_minor": amount.minor, "currency": amount.currency, "reason": reason},
    )
    return credit
