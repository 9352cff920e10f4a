"""The ladder of rights on every page of an organisation, and what the pages say."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.tenants.models import Membership, Tenant, Warehouse, ZoneChange
from tests import factories

SignIn = Callable[[User | None], Client]

READS = [
    "more/organisation/",
    "warehouse/warehouses/",
    "settings/members/",
    "more/audit/",
    "more/audit/export.csv",
]
OPEN_TO_CUSTOMERS = ["", "search/", "more/help/"]
EDITS = ["warehouse/warehouses/add/"]
MANAGES = ["more/organisation/edit/", "settings/members/invite/"]


def page(tenant: Tenant, path: str) -> str:
    return f"/t/{tenant.slug}/{path}"


def statuses(sign_in: SignIn, users: list[User | None], address: str) -> list[int]:
    return [sign_in(user).get(address).status_code for user in users]


@pytest.fixture
def ladder(
    outsider: User,
    staff: User,
    customer_user: User,
    viewer: User,
    limited_administrator: User,
    administrator: User,
) -> list[User | None]:
    """Everybody, from those with the least rights to those with the most."""
    return [None, outsider, staff, customer_user, viewer, limited_administrator, administrator]


@pytest.mark.parametrize("path", OPEN_TO_CUSTOMERS)
def test_pages_for_every_member(
    path: str, tenant: Tenant, ladder: list[User | None], sign_in: SignIn
) -> None:
    assert statuses(sign_in, ladder, page(tenant, path)) == [302, 404, 404, 200, 200, 200, 200]


@pytest.mark.parametrize("path", READS)
def test_pages_for_viewers_and_administrators(
    path: str, tenant: Tenant, ladder: list[User | None], sign_in: SignIn
) -> None:
    assert statuses(sign_in, ladder, page(tenant, path)) == [302, 404, 404, 403, 200, 200, 200]


@pytest.mark.parametrize("path", EDITS)
def test_pages_for_administrators(
    path: str, tenant: Tenant, ladder: list[User | None], sign_in: SignIn
) -> None:
    assert statuses(sign_in, ladder, page(tenant, path)) == [302, 404, 404, 403, 403, 200, 200]


@pytest.mark.parametrize("path", MANAGES)
def test_pages_for_administrators_who_may_edit_other_users(
    path: str, tenant: Tenant, ladder: list[User | None], sign_in: SignIn
) -> None:
    assert statuses(sign_in, ladder, page(tenant, path)) == [302, 404, 404, 403, 403, 403, 200]


def test_pages_of_one_member(
    tenant: Tenant, ladder: list[User | None], sign_in: SignIn, viewer: User
) -> None:
    member = Membership.objects.get(user=viewer)
    for verb in ("edit", "remove"):
        address = page(tenant, f"settings/members/{member.pk}/{verb}/")
        assert statuses(sign_in, ladder, address) == [302, 404, 404, 403, 403, 403, 200]


def test_a_page_of_another_organisation_answers_like_one_that_does_not_exist(
    tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    foreign = factories.WarehouseFactory.create()
    client = sign_in(administrator)
    answers = [
        client.get(page(tenant, f"warehouse/warehouses/{key}/edit/"))
        for key in (foreign.pk, "6a3b2f4e-0000-4000-8000-000000000000")
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert client.post(page(tenant, f"warehouse/warehouses/{foreign.pk}/deactivate/")).status_code == 404
    foreign.refresh_from_db()
    assert foreign.is_active


def test_what_is_missing_is_named_with_whom_to_ask(
    tenant: Tenant, administrator: User, limited_administrator: User, viewer: User, sign_in: SignIn
) -> None:
    address = page(tenant, "settings/members/invite/")
    for_viewer = sign_in(viewer).get(address).content.decode()
    assert "Administrator" in for_viewer and "Allow this user to edit other users" in for_viewer
    assert administrator.email in for_viewer and tenant.account_manager_email in for_viewer
    assert (
        "Allow this user to edit other users" in sign_in(limited_administrator).get(address).content.decode()
    )


def test_organisation_settings_have_the_tenant_uuid_and_the_plan_in_words(
    tenant: Tenant, viewer: User, sign_in: SignIn
) -> None:
    factories.PlanFactory.create(tenant=tenant, consignments=500, warehouse_orders=250)
    text = sign_in(viewer).get(page(tenant, "more/organisation/")).content.decode()
    assert "Basic Organisation Information" in text and str(tenant.pk) in text
    assert "3,750 a week" in text and "$0.01 each" in text and "up to 11" in text
    assert "organisation/edit" not in text


def test_the_organisation_gets_a_new_name_and_nothing_else(
    tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    posted = {"name": "Coastal Coffee", "slug": "taken-over", "zone": tenant.zone, "currency": "XXX"}
    response = sign_in(administrator).post(page(tenant, "more/organisation/edit/"), posted)
    assert response.status_code == HTTPStatus.SEE_OTHER
    tenant.refresh_from_db()
    assert (tenant.name, tenant.slug, tenant.currency) == ("Coastal Coffee", "coastal", "AUD")
    assert not ZoneChange.objects.exists()


def test_a_new_time_zone_takes_effect_from_the_next_week(
    tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    client = sign_in(administrator)
    edit = page(tenant, "more/organisation/edit/")
    assert client.post(edit, {"name": tenant.name, "zone": "Mars/Olympus"}).status_code == 422
    client.post(edit, {"name": tenant.name, "zone": "Pacific/Auckland"})
    tenant.refresh_from_db()
    assert tenant.zone == "Australia/Brisbane"
    assert "it is Pacific/Auckland" in client.get(page(tenant, "more/organisation/")).content.decode()
    assert '<option value="Pacific/Auckland" selected>' in client.get(edit).content.decode()
    client.post(edit, {"name": tenant.name, "zone": "Australia/Brisbane"})
    assert not ZoneChange.objects.exists()


def test_warehouses_show_their_uuid_and_state(tenant: Tenant, viewer: User, sign_in: SignIn) -> None:
    north = factories.WarehouseFactory.create(tenant=tenant, name="Brisbane North")
    factories.WarehouseFactory.create(tenant=tenant, name="Gold Coast", is_active=False)
    foreign = factories.WarehouseFactory.create(name="Elsewhere")
    text = sign_in(viewer).get(page(tenant, "warehouse/warehouses/")).content.decode()
    assert str(north.pk) in text and "Inactive" in text and "right Warehouse" in text
    assert foreign.name not in text and "Deactivate" not in text


def test_a_warehouse_is_added_changed_and_deactivated(
    tenant: Tenant, limited_administrator: User, sign_in: SignIn
) -> None:
    client = sign_in(limited_administrator)
    client.post(page(tenant, "warehouse/warehouses/add/"), {"name": "Brisbane North", "country": "AU"})
    warehouse = Warehouse.objects.get(tenant=tenant)
    assert warehouse.is_default and warehouse.is_active
    client.post(page(tenant, f"warehouse/warehouses/{warehouse.pk}/edit/"), {"name": "Brisbane West"})
    client.post(page(tenant, f"warehouse/warehouses/{warehouse.pk}/deactivate/"))
    warehouse.refresh_from_db()
    assert (warehouse.name, warehouse.country, warehouse.is_active) == ("Brisbane West", "", False)
    client.post(page(tenant, f"warehouse/warehouses/{warehouse.pk}/activate/"))
    warehouse.refresh_from_db()
    assert warehouse.is_active


def test_one_warehouse_is_the_default(tenant: Tenant, administrator: User, sign_in: SignIn) -> None:
    client = sign_in(administrator)
    for name in ("North", "South"):
        client.post(page(tenant, "warehouse/warehouses/add/"), {"name": name, "is_default": "on"})
    assert [warehouse.name for warehouse in Warehouse.objects.filter(is_default=True)] == ["South"]


@pytest.mark.parametrize(
    "posted",
    [
        {"name": ""},
        {"name": "\u200b \u2060"},
        {"name": "  brisbane   NORTH "},
        {"name": "a\u202eb"},
        {"name": "x" * 121},
        {"name": "Fine", "country": "Australia"},
        {"name": "Fine", "country": "au"},
        {"name": "Fine", "city": "two\nlines"},
    ],
)
def test_a_bad_warehouse_is_refused_beside_the_field(
    posted: dict[str, str], tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    factories.WarehouseFactory.create(tenant=tenant, name="Brisbane North")
    response = sign_in(administrator).post(page(tenant, "warehouse/warehouses/add/"), posted)
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    text = response.content.decode()
    assert 'aria-invalid="true"' in text and "aria-describedby" in text
    assert Warehouse.objects.count() == 1


def test_lists_ask_the_database_as_often_for_twenty_rows_as_for_ten(
    tenant: Tenant, administrator: User, sign_in: SignIn, django_assert_max_num_queries: Callable[..., object]
) -> None:
    client = sign_in(administrator)
    client.get(page(tenant, ""))
    counts: dict[str, list[int]] = {}
    for _ in range(2):
        factories.WarehouseFactory.create_batch(10, tenant=tenant)
        factories.MembershipFactory.create_batch(10, tenant=tenant)
        for path in ("warehouse/warehouses/", "settings/members/", "more/audit/"):
            with django_assert_max_num_queries(30) as queries:
                assert client.get(page(tenant, path)).status_code == 200
            counts.setdefault(path, []).append(len(queries))  # type: ignore[arg-type]
    assert all(first == second for first, second in counts.values())
