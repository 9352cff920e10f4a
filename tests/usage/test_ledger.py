"""Calls go in by one door and are read by named selectors."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from apps.tenants.models import Tenant
from apps.usage.models import Call
from apps.usage.selectors import calls_of_client, impact, last_used, use_by_credential
from apps.usage.services import CallRecord, record_call, record_calls

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> Tenant:
    return Tenant.objects.create(slug="ledger", name="Ledger", zone="Australia/Brisbane", currency="AUD")


def a_call(owner: Tenant, client_id: UUID, **changes: object) -> CallRecord:
    values: dict[str, object] = {
        "tenant_id": owner.pk,
        "client_id": client_id,
        "client_name": "Erp",
        "method": "GET",
        "endpoint": "customers",
        "status": 200,
        "received_at": timezone.now(),
        "ms": 12,
    }
    return CallRecord(**(values | changes))  # type: ignore[arg-type]  # the tests name the fields


def test_a_recorded_call_reads_back_as_it_was(owner: Tenant) -> None:
    client_id, credential_id, customer_id = uuid4(), uuid4(), uuid4()
    received_at = datetime(2026, 9, 28, 3, 4, 5, 678901, tzinfo=UTC)
    record_call(
        a_call(
            owner,
            client_id,
            credential_id=credential_id,
            customer_id=customer_id,
            customer_kind="live",
            method="POST",
            endpoint="orders.create",
            status=422,
            reason="invalid",
            error_message="deliverOn is in the past",
            error_field="deliverOn",
            address="2001:db8::1",
            received_at=received_at,
            request_id="r-1",
        )
    )
    call = Call.objects.get()
    assert (call.tenant_id, call.client_id, call.credential_id) == (owner.pk, client_id, credential_id)
    assert (call.customer_id, call.customer_kind, call.call_class) == (customer_id, "live", "billable")
    assert (call.method, call.endpoint, call.status, call.ms) == ("POST", "orders.create", 422, 12)
    assert (call.error_message, call.error_field) == ("deliverOn is in the past", "deliverOn")
    assert (call.received_at, call.address, call.request_id) == (received_at, "2001:db8::1", "r-1")
    assert abs(call.recorded_at - timezone.now()) < timedelta(seconds=10)
    assert Call.objects.filter(received_at=received_at, client_id=client_id).exists()


def test_a_call_stands_or_falls_with_the_transaction_it_is_in(owner: Tenant) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        record_call(a_call(owner, uuid4()))
        raise RuntimeError
    assert not Call.objects.exists()


def test_use_is_told_apart_by_credential(owner: Tenant) -> None:
    client_id, old, new = uuid4(), uuid4(), uuid4()
    now = timezone.now()
    record_calls(
        [
            a_call(owner, client_id, credential_id=old, received_at=now - timedelta(days=30)),
            a_call(
                owner, client_id, credential_id=new, received_at=now - timedelta(days=3), address="192.0.2.1"
            ),
            a_call(owner, client_id, credential_id=new, received_at=now, address="192.0.2.2"),
            a_call(owner, uuid4(), credential_id=uuid4()),
        ]
    )
    use = use_by_credential(owner, client_id, {old: now - timedelta(days=30), new: now})
    assert set(use) == {old, new}
    assert (use[old].calls_24h, use[old].calls_7d, use[old].addresses) == (0, 0, ())
    assert use[old].last_at == now - timedelta(days=30)
    assert (use[new].calls_24h, use[new].calls_7d, use[new].last_at) == (1, 2, now)
    assert use[new].addresses == ("192.0.2.2", "192.0.2.1")


def test_impact_and_last_use_count_the_clients_own_calls_only(owner: Tenant) -> None:
    client_id, other, silent = uuid4(), uuid4(), uuid4()
    now = timezone.now()
    record_calls(
        [
            a_call(owner, client_id, received_at=now - timedelta(days=2), address="192.0.2.1"),
            a_call(owner, client_id, received_at=now, address="192.0.2.1"),
            a_call(owner, other, received_at=now - timedelta(hours=1)),
        ]
    )
    assert impact(owner, client_id).calls_24h == 1
    assert impact(owner, client_id).calls_7d == 2
    assert impact(owner, client_id).addresses == ("192.0.2.1",)
    assert impact(owner, silent).last_at is None
    assert last_used(owner, [client_id, other, silent]) == {
        client_id: now,
        other: now - timedelta(hours=1),
    }
    assert [call.received_at for call in calls_of_client(owner, client_id)] == [now, now - timedelta(days=2)]
