"""The support desk's pages about organisations: read-mostly, and every write leaves an entry."""

from collections.abc import Callable

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.actors import command
from apps.audit.models import Entry
from apps.tenants.models import Membership, Plan, Tenant
from apps.tenants.services import invite
from tests import factories
from tests.pages import read

SignIn = Callable[[User | None], Client]


@pytest.fixture
def desk(staff: User, sign_in: SignIn, settings: object) -> Client:
    settings.STAFF_SECOND_FACTOR = False  # type: ignore[attr-defined]
    return sign_in(staff)


MODELS = [
    "accounts_user",
    "tenants_tenant",
    "tenants_plan",
    "tenants_membership",
    "tenants_invitation",
    "tenants_warehouse",
    "audit_entry",
]


@pytest.mark.parametrize("model", MODELS)
def test_every_list_and_page_opens(model: str, desk: Client, tenant: Tenant, administrator: User) -> None:
    factories.PlanFactory.create(tenant=tenant)
    factories.WarehouseFactory.create(tenant=tenant)
    invitation, link = invite(tenant=tenant, email="new@example.com", role="viewer", actor=command("test"))
    answer = desk.get(reverse(f"admin:{model}_changelist"), {"q": "a"})
    assert answer.status_code == 200
    row = answer.context["cl"].model_admin.model.objects.first()
    page = desk.get(reverse(f"admin:{model}_change", args=[row.pk]))
    assert page.status_code == 200
    assert invitation.token_digest not in page.content.decode()
    assert link.rsplit("/", 2)[1] not in page.content.decode()


@pytest.mark.parametrize("model", [name for name in MODELS if name not in ("tenants_plan", "accounts_user")])
def test_nothing_is_added_at_the_desk(model: str, desk: Client) -> None:
    assert desk.get(reverse(f"admin:{model}_add")).status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_deleted_at_the_desk(
    model: str, desk: Client, tenant: Tenant, administrator: User
) -> None:
    factories.PlanFactory.create(tenant=tenant)
    factories.WarehouseFactory.create(tenant=tenant)
    invite(tenant=tenant, email="new@example.com", role="viewer", actor=command("test"))
    rows = apps.get_model(model.replace("_", ".", 1))._default_manager
    answer = desk.post(reverse(f"admin:{model}_delete", args=[rows.first().pk]), {"post": "yes"})
    assert answer.status_code == 403
    assert rows.exists()


def test_groups_and_second_factors_are_not_on_the_desk(desk: Client) -> None:
    text = desk.get("/admin/").content.decode()
    assert "Gatepass support" in text
    assert "Authenticators" not in text and "Groups" not in text and "Email addresses" not in text


def test_suspending_an_organisation_needs_a_reason_and_is_recorded(desk: Client, tenant: Tenant) -> None:
    address = reverse("admin:tenants_tenant_change", args=[tenant.pk])
    posted = {"name": tenant.name, "account_manager_name": "Ann Other", "suspended": "on"}
    assert desk.post(address, posted).status_code == 200
    assert desk.post(address, {**posted, "reason": "Unpaid"}).status_code == 302
    tenant.refresh_from_db()
    assert tenant.suspended_at is not None and tenant.account_manager_name == "Ann Other"
    entry = Entry.objects.get(action="organisation.suspended")
    assert entry.actor_kind == "staff" and entry.after == {"reason": "Unpaid"}
    assert Entry.objects.filter(action="organisation.changed", tenant_id=tenant.pk).exists()


def test_a_plan_is_set_from_a_date_on(desk: Client, tenant: Tenant) -> None:
    factories.PlanFactory.create(tenant=tenant)
    posted = {
        "tenant": str(tenant.pk),
        "valid_from": "2026-12-07",
        "consignments": "0",
        "warehouse_orders": "1000",
        "calls_per_unit": "5",
        "excess_price_minor": "1",
        "token_limit": "11",
        "orders_per_minute": "30",
    }
    shown = read(desk.post(reverse("admin:tenants_plan_add"), posted))
    assert not Plan.objects.filter(valid_from="2026-12-07").exists()
    posted["seen"] = shown.xpath("//input[@name='seen']")[0].get("value")
    assert desk.post(reverse("admin:tenants_plan_add"), posted).status_code == 302
    assert Plan.objects.get(valid_from="2026-12-07").included_calls == 5000
    assert Entry.objects.get(action="plan.set").after["warehouse_orders"] == 1000


def test_rights_change_at_the_desk_by_the_same_rules(
    desk: Client, tenant: Tenant, administrator: User, viewer: User
) -> None:
    last = Membership.objects.get(user=administrator)
    address = reverse("admin:tenants_membership_change", args=[last.pk])
    assert "Not saved" in desk.post(address, {"role": "viewer"}, follow=True).content.decode()
    last.refresh_from_db()
    assert last.role == "administrator"
    other = Membership.objects.get(user=viewer)
    desk.post(
        reverse("admin:tenants_membership_change", args=[other.pk]),
        {"role": "administrator", "can_edit_users": "on"},
    )
    other.refresh_from_db()
    assert other.can_edit_users
    assert Entry.objects.get(action="member.changed").actor_kind == "staff"


def test_people_are_made_and_changed_with_entries(desk: Client, viewer: User) -> None:
    answer = desk.post(
        reverse("admin:accounts_user_add"), {"email": "New@Example.com", "name": "New", "is_active": "on"}
    )
    assert answer.status_code == 302
    made = User.objects.get(email="new@example.com")
    assert not made.has_usable_password() and not made.is_staff
    desk.post(
        reverse("admin:accounts_user_change", args=[viewer.pk]),
        {"email": "moved@example.com", "name": "Renamed"},
    )
    viewer.refresh_from_db()
    assert (viewer.name, viewer.is_active) == ("Renamed", False) and viewer.email != "moved@example.com"
    assert set(Entry.objects.values_list("action", flat=True)) >= {"person.created", "person.changed"}


def test_a_warehouse_is_deactivated_at_the_desk(desk: Client, tenant: Tenant) -> None:
    warehouse = factories.WarehouseFactory.create(tenant=tenant)
    desk.post(reverse("admin:tenants_warehouse_change", args=[warehouse.pk]), {})
    warehouse.refresh_from_db()
    assert not warehouse.is_active
    assert Entry.objects.filter(action="warehouse.deactivated", tenant_id=tenant.pk).exists()
