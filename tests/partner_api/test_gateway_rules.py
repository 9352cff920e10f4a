"""A tenant's own route rules: kept on a page, asked at each question of a proxy."""

from collections.abc import Callable
from typing import Any

import lxml.html
import pytest
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.clients.models import GatewayRule
from apps.clients.services import MOST_RULES, create_rule
from apps.tenants.models import Tenant
from tests import factories
from tests.partner_api.conftest import ACTOR, NOBODY, Caller, calls
from tests.partner_api.test_gateway import nginx

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def a_rule(tenant: Tenant, pattern: str, *roles: str, method: str = "ANY") -> GatewayRule:
    return create_rule(
        tenant=tenant, actor=ACTOR, method=method, pattern=pattern, roles=roles or ("WMS_CREATE_JOBS",)
    )


def page_of(tenant: Tenant, rest: str = "") -> str:
    return f"/t/{tenant.slug}/settings/gateway/{rest}"


def text_of(answer: Any, path: str = "//main") -> str:
    (found,) = lxml.html.fromstring(answer.content).xpath(path)
    return " ".join(found.text_content().split())


def test_a_rule_opens_a_path_of_ones_own_api_from_the_next_question_on(
    caller: Caller, tenant: Tenant
) -> None:
    assert nginx(caller, "/stock/17").status_code == 403
    rule = a_rule(tenant, "/stock/{id}", method="GET")
    assert nginx(caller, "/stock/17?secret=x").status_code == 200
    assert nginx(caller, "/stock/17", "HEAD").status_code == 200
    assert nginx(caller, "/stock/17", "POST").status_code == 403
    assert nginx(caller, "/stock").status_code == 403
    GatewayRule.objects.filter(pk=rule.pk).update(roles=["ADD_CUSTOMER"])
    assert nginx(caller, "/stock/17").status_code == 403
    rule.delete()
    assert nginx(caller, "/stock/17").status_code == 403
    named, unnamed = ("gateway GET /stock/{id}", 200, "billable"), ("gateway", 403, "refused")
    assert calls() == [
        unnamed,
        named,
        named,
        unnamed,
        unnamed,
        ("gateway GET /stock/{id}", 403, "refused"),
        unnamed,
    ]


def test_the_more_specific_rule_shuts_what_a_wider_one_opens(caller: Caller, tenant: Tenant) -> None:
    a_rule(tenant, "/v2/**")
    a_rule(tenant, "/v2/admin/**", "INTERNAL_FIELD_ACCESS")
    assert nginx(caller, "/v2/stock").status_code == 200
    for path in ("/v2/admin", "/v2/admin/users", "/V2/Admin/users", "/v2/admin/"):
        assert nginx(caller, path).status_code == 403, path


@pytest.mark.parametrize(
    "path",
    [
        "/v2/%61dmin",
        "/v2/admin%2Fusers",
        "/v2/x%5cadmin",
        "/v2/x/..%2fadmin",
        "/v2/%2e%2e/admin",
        "/v2/./admin",
        "/v2//admin",
        "/v2/admin;x=1",
        "/v2/admin%3bx=1",
        "/v2/%2561dmin",
        "/v2/admin%00",
        "/v2/admin%0a",
        "/v2/admin%",
        "/v2/admin%zz",
        "/v2/admin#x",
        "/v2/ädmin",
        "v2/stock",
        "http://other/v2/stock",
    ],
)
def test_what_could_be_read_as_another_path_passes_no_rule(path: str, caller: Caller, tenant: Tenant) -> None:
    a_rule(tenant, "/**")
    assert nginx(caller, "/v2/b%C3%BCcher%20x").status_code == 200
    assert nginx(caller, path).status_code == 403


def test_no_rule_changes_what_the_partner_api_asks_for_nor_opens_another_tenant(
    caller: Caller, tenant: Tenant
) -> None:
    a_rule(tenant, "/**")
    own = f"/tenants/{tenant.pk}"
    assert nginx(caller, f"{own}/customers").status_code == 200
    assert nginx(caller, f"{own}/warehouse-products").status_code == 403
    assert nginx(caller, f"{own}/Warehouse-Products").status_code == 403
    assert nginx(caller, f"/tenants/{NOBODY}/manifests").status_code == 403
    assert nginx(caller, f"{own}/manifests").status_code == 200


def test_rules_are_the_tenants_own(caller: Caller) -> None:
    a_rule(factories.TenantFactory.create(), "/**")
    assert nginx(caller, "/stock").status_code == 403


def test_a_rule_is_added_edited_and_deleted_on_the_page_with_an_audit_row_each(
    tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    web = sign_in(administrator)
    sent = {"method": "POST", "pattern": "/labels/{id}/", "roles": ["TMS_CREATE_JOBS", "WMS_CREATE_JOBS"]}
    assert web.post(page_of(tenant, "add/"), sent).status_code == 303
    rule = GatewayRule.objects.get()
    assert (rule.method, rule.pattern) == ("POST", "/labels/{id}")
    assert "/labels/{id} POST WMS Create Jobs, TMS Create Jobs" in text_of(
        web.get(page_of(tenant)), "//main//tbody"
    )

    form = web.get(page_of(tenant, f"{rule.pk}/edit/"))
    assert b'value="/labels/{id}"' in form.content
    sent = {"method": "ANY", "pattern": "/labels/*", "roles": ["ADD_CUSTOMER"]}
    assert web.post(page_of(tenant, f"{rule.pk}/edit/"), sent).status_code == 303
    assert "Calls, 7 d" in text_of(web.get(page_of(tenant, f"{rule.pk}/delete/")))
    assert web.post(page_of(tenant, f"{rule.pk}/delete/")).status_code == 303
    assert not GatewayRule.objects.exists()
    entries = Entry.objects.filter(tenant_id=tenant.pk).order_by("sequence")
    assert [entry.action for entry in entries] == [
        f"gateway_rule.{verb}" for verb in ("created", "updated", "deleted")
    ]
    assert entries[1].before == {
        "method": "POST",
        "path": "/labels/{id}",
        "roles": ["WMS Create Jobs", "TMS Create Jobs"],
    }
    assert entries[1].after == {"method": "ANY", "path": "/labels/*", "roles": ["Add Customer"]}


def test_what_can_be_no_rule_is_422_at_its_field(
    tenant: Tenant, administrator: User, sign_in: SignIn
) -> None:
    web = sign_in(administrator)
    a_rule(tenant, "/stock/{id}", method="GET")
    fine = {"method": "GET", "pattern": "/labels", "roles": ["ADD_CUSTOMER"]}
    for field, value in {
        "method": "TRACE",
        "pattern": "/a/../b",
        "roles": ["NO_SUCH_ROLE"],
    }.items():
        answer = web.post(page_of(tenant, "add/"), fine | {field: value})
        assert answer.status_code == 422, field
        (control,) = lxml.html.fromstring(answer.content).xpath(
            f"(//form//*[@name='{field}'])[1][@aria-invalid='true']"
        )
        assert control is not None
    twice = web.post(page_of(tenant, "add/"), fine | {"pattern": "/Stock/*/"})
    assert twice.status_code == 422
    assert "There is a rule for this method and path" in text_of(twice)
    assert GatewayRule.objects.count() == 1


def test_there_is_an_end_to_the_rules(tenant: Tenant, administrator: User, sign_in: SignIn) -> None:
    GatewayRule.objects.bulk_create(
        GatewayRule(tenant=tenant, method="GET", pattern=f"/{n}", pattern_key=f"/{n}", roles=["ADD_CUSTOMER"])
        for n in range(MOST_RULES)
    )
    answer = sign_in(administrator).post(
        page_of(tenant, "add/"), {"method": "GET", "pattern": "/more", "roles": ["ADD_CUSTOMER"]}
    )
    assert answer.status_code == 422
    assert GatewayRule.objects.count() == MOST_RULES


def test_a_viewer_reads_and_tests_and_changes_nothing(tenant: Tenant, viewer: User, sign_in: SignIn) -> None:
    rule = a_rule(tenant, "/stock/**")
    web = sign_in(viewer)
    page = web.get(page_of(tenant)).content.decode()
    assert "/stock/**" in page and "Add Rule" not in page and "/edit/" not in page
    for rest in ("add/", f"{rule.pk}/edit/", f"{rule.pk}/delete/"):
        assert web.post(page_of(tenant, rest)).status_code == 403
    assert GatewayRule.objects.count() == 1


@pytest.mark.parametrize(
    ("method", "path", "words"),
    [
        ("GET", "/stock/1", "The rule ANY /stock/** decides. It needs one of: WMS Create Jobs"),
        ("POST", "/stock/labels", "The rule POST /stock/labels decides. It needs one of: Add Customer"),
        ("POST", "/stock/labels", "Less specific, so not asked: ANY /stock/**."),
        ("GET", "/other", "No rule names this method and path"),
        ("GET", "/stock/../x", "not canonical"),
        ("GET", "stock", "It has to begin with a slash"),
        ("GET", "", "It has to begin with a slash"),
        ("GET", f"/tenants/{NOBODY}/customers", "another organisation's Tenant UUID"),
        ("GET", "/tenants/TENANT/customers", "customers.list. It needs one of: API Full Access, WMS Create"),
        ("GET", "/uaa/userinfo", "Every client may call it"),
    ],
)
def test_a_path_can_be_tested_before_a_caller_meets_it(
    method: str, path: str, words: str, tenant: Tenant, viewer: User, sign_in: SignIn
) -> None:
    a_rule(tenant, "/stock/**")
    a_rule(tenant, "/stock/labels", "ADD_CUSTOMER", method="POST")
    query = {"method": method, "path": path.replace("TENANT", str(tenant.pk))}
    answer = sign_in(viewer).get(page_of(tenant), query)
    assert answer.status_code == 200
    assert words in text_of(answer, "//*[@id='verdict']")
    part = sign_in(viewer).get(page_of(tenant), query, headers={"HX-Request": "true"})
    assert b"<html" not in part.content and words in text_of(part, "//*[@id='verdict']")


def test_a_test_that_makes_no_sense_is_422(tenant: Tenant, viewer: User, sign_in: SignIn) -> None:
    for query in ({"method": "FETCH", "path": "/x"}, {"path": "/" + "x" * 3000}):
        answer = sign_in(viewer).get(page_of(tenant), query)
        assert answer.status_code == 422
        assert "can't be tested" in text_of(answer, "//*[@id='verdict']")
