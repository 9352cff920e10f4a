"""What services refuse from callers that have no form: commands, the demo, imports."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.audit.models import Entry
from apps.clients import selectors, services
from apps.clients.authenticate import authenticate_client
from apps.clients.models import ApiClient
from apps.clients.services.clients import input_of
from apps.customers.models import Customer
from apps.tenants.models import Warehouse
from tests import factories
from tests.clients.conftest import ACTOR

pytestmark = pytest.mark.django_db


def values(customer, warehouse, **change):
    given = {"name": "ERP", "roles": ["WMS_CREATE_JOBS"], "customers": [customer], "warehouses": [warehouse]}
    return services.ClientInput(**{**given, **change})


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"roles": []}, "roles"),
        ({"roles": ["ROOT"]}, "roles"),
        ({"customers": []}, "customers"),
        ({"warehouses": []}, "warehouses"),
    ],
)
def test_a_client_that_reaches_nothing_or_too_much_is_refused(tenant, customer, warehouse, change, field):
    with pytest.raises(ValidationError) as refused:
        services.create_client(tenant=tenant, actor=ACTOR, values=values(customer, warehouse, **change))
    assert list(refused.value.message_dict) == [field]


def test_rows_of_another_tenant_are_refused(tenant, customer, warehouse):
    other = factories.TenantFactory.create()
    foreign = {
        "customers": [Customer.objects.create(tenant=other, name="Foreign")],
        "warehouses": [Warehouse.objects.create(tenant=other, name="Foreign")],
    }
    with pytest.raises(ValidationError) as refused:
        services.create_client(tenant=tenant, actor=ACTOR, values=values(customer, warehouse, **foreign))
    assert set(refused.value.message_dict) == {"customers", "warehouses"}


def test_storing_what_is_there_changes_and_records_nothing(make_client):
    client = make_client("ERP")
    before = Entry.objects.count()
    assert services.update_client(client=client, actor=ACTOR, values=input_of(client)) == []
    assert Entry.objects.count() == before


def test_every_kind_of_change_is_said_in_words(make_client, customer, warehouse):
    client = make_client("ERP", all_customers=True, customers=(), is_internal=True, roles=["ADD_CUSTOMER"])
    new = values(customer, warehouse, name="ERP 2", roles=["ADD_CUSTOMER"], is_active=False)
    changes = {change.field: change for change in services.changes_of(client, new)}
    assert set(changes) == {"Name", "Customers", "State", "Internal"}
    assert changes["Customers"].removed == ("All customers, now and later",)
    assert all(changes[field].narrows for field in ("Customers", "State", "Internal"))
    assert not changes["Name"].narrows


def test_an_edit_may_not_take_another_clients_name(make_client, customer, warehouse):
    make_client("Taken")
    client = make_client("Mine")
    with pytest.raises(ValidationError, match="Another client has this name"):
        services.update_client(client=client, actor=ACTOR, values=values(customer, warehouse, name="TAKEN"))


def test_switching_to_the_same_state_and_revoking_twice_record_once(make_client):
    client = make_client()
    services.set_active(client=client, actor=ACTOR, active=True)
    services.revoke_client(client=client, actor=ACTOR)
    services.revoke_client(client=client, actor=ACTOR)
    services.delete_client(client=client, actor=ACTOR)
    services.delete_client(client=client, actor=ACTOR)
    actions = sorted(Entry.objects.values_list("action", flat=True))
    assert actions == ["client.created", "client.deleted", "client.revoked"]


def test_a_command_gets_a_username_and_a_password(tenant, plan):
    username = services.username_from("Ship Team (Perth)")
    issued = services.create_access(tenant=tenant, actor=ACTOR, username=username, roles=["ORDER_API_ACCESS"])
    assert issued.username.startswith("ship-team-perth-")
    assert authenticate_client(issued.username, issued.password, None)


def test_a_form_of_an_access_token_creates_one(tenant, plan):
    given = {"username": "ship", "password": "a fairly long one 7", "roles": ["ORDER_API_ACCESS"]}
    key = uuid4()
    services.create_access(tenant=tenant, actor=ACTOR, creation_key=key, **given)
    with pytest.raises(services.AlreadyDone):
        services.create_access(tenant=tenant, actor=ACTOR, creation_key=key, **given)


@pytest.mark.parametrize(
    ("client_id", "encoded"),
    [
        ("", "sha256$" + "a" * 64),
        ("gpc_" + "a" * 20, "sha256$" + "a" * 64),
        ("old", "md6$x"),
        ("old", "sha256$zz"),
    ],
)
def test_keys_that_make_no_sense_are_not_imported(tenant, customer, warehouse, client_id, encoded):
    with pytest.raises(ValidationError):
        services.import_legacy(
            tenant=tenant,
            actor=ACTOR,
            client_id=client_id,
            encoded=encoded,
            values=values(customer, warehouse),
        )
    assert not ApiClient.objects.exists()


def test_an_id_that_exists_is_not_imported_again(tenant, customer, warehouse):
    key = {"tenant": tenant, "actor": ACTOR, "encoded": "sha256$" + "a" * 64}
    services.import_legacy(client_id="Old-1", values=values(customer, warehouse), **key)
    with pytest.raises(ValidationError, match="exists already"):
        services.import_legacy(client_id="OLD-1", values=values(customer, warehouse, name="Second"), **key)


def test_a_client_past_its_expiry_says_so(make_client, tenant):
    client = make_client()
    ApiClient.objects.filter(pk=client.pk).update(expires=timezone.now() - timedelta(seconds=1))
    row = selectors.rows_of_list(tenant, selectors.clients_matching(tenant, selectors.ListFilter())).get()
    assert selectors.state_of(row, timezone.now()) == "expired"
    assert str(client) == "ERP connector"
