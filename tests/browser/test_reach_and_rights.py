"""Points 6, 7 and 8: who reaches a customer, whose a secret is, keys from before the portal, rights and the audit."""

import hashlib

import pytest
from playwright.sync_api import Page, expect

from apps.audit.actors import command
from apps.clients.models import Credential
from apps.clients.services import ClientInput, generate_credentials, import_legacy
from tests.browser.developer import SECRET, Developer, shown
from tests.browser.settled import at_rest, content_of, follow
from tests.clients.conftest import customer, make_client, plan, warehouse  # noqa: F401  # fixtures

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plan")]

ACTOR = command("tests")


def test_a_secret_that_turned_up_is_identified_and_disabled(
    page_as,
    administrator,
    tenant,
    customer,  # noqa: F811
    warehouse,  # noqa: F811
    make_client,  # noqa: F811
    base_url,
):
    client = make_client()
    issued = generate_credentials(client=client, actor=ACTOR)
    make_client("Warehouse robot", customers=[], all_customers=True)
    page = page_as(administrator)
    for path in (f"contacts/customers/{customer.pk}/", f"contacts/api-clients/of-warehouse/{warehouse.pk}/"):
        page.goto(f"/t/coastal/{path}")
        reach = page.locator("#reach")
        for name in ("ERP connector", "Warehouse robot"):
            expect(reach.get_by_role("link", name=name)).to_be_visible()
    page.goto("/t/coastal/contacts/api-clients/")
    page.get_by_role("link", name="Identify a credential").click()
    page.get_by_label("Secret or token").fill(f"export SECRET={issued.client_secret}")
    follow(page.get_by_role("button", name="Identify"))
    expect(page.get_by_role("link", name="ERP connector")).to_be_visible()
    assert issued.client_secret not in content_of(page)
    page.get_by_role("button", name="Disable it now").click()
    expect(page.get_by_text("Every call with it is refused from now on.")).to_be_visible()
    developer = Developer(base_url, str(tenant.pk), client.client_id, issued.client_secret)
    assert developer.take_token() == 401


def test_a_key_from_before_the_portal_is_given_other_roles_and_regenerated(
    page_as,
    administrator,
    tenant,
    customer,  # noqa: F811
    warehouse,  # noqa: F811
    base_url,
):
    secret = "printed-in-2019"
    import_legacy(
        tenant=tenant,
        actor=ACTOR,
        client_id="abc-foods-edi",
        encoded="sha256$" + hashlib.sha256(secret.encode()).hexdigest(),
        values=ClientInput(
            name="ABC Foods EDI", roles=["WMS_CREATE_JOBS"], customers=[customer], all_warehouses=True
        ),
    )
    developer = Developer(base_url, str(tenant.pk), "abc-foods-edi", secret)
    assert developer.take_token() == 200
    assert developer.call("GET", "consignments/none")[0] in (403, 404)
    page: Page = page_as(administrator)
    page.goto("/t/coastal/contacts/api-clients/")
    row = page.get_by_role("row").filter(has_text="abc-foods-edi")
    expect(row).to_contain_text("Legacy")
    row.get_by_role("link", name="ABC Foods EDI").click()
    follow(page.get_by_role("link", name="Edit", exact=True))
    page.get_by_label("TMS Create Jobs").check()
    at_rest(page)
    page.get_by_role("button", name="Save").click()
    follow(page.get_by_role("button", name="Save these changes"))
    expect(page.get_by_text("Saved. It applies from the next call on.")).to_be_visible()
    assert developer.call("GET", "customers")[0] == 200
    page.get_by_role("link", name="Generate Credentials").click()
    dialog = page.get_by_role("dialog")
    for number in range(2):
        dialog.get_by_role("checkbox").nth(number).check()
    dialog.get_by_role("button", name="Generate Credentials").click()
    # The page before shows the Client ID too.
    expect(shown(page, "Client Secret")).to_be_visible()
    expect(shown(page, "Client ID")).to_contain_text("abc-foods-edi")
    found = SECRET.search(content_of(page))
    assert found and developer.take_token() == 401
    developer.secret = found[0]
    assert developer.take_token() == 200
    assert Credential.objects.count() == 2


def test_others_read_what_is_missing_and_the_audit_names_who_did_what(
    page_as,
    administrator,
    limited_administrator,
    viewer,
    make_client,  # noqa: F811
):
    client = make_client()
    path = f"/t/coastal/contacts/api-clients/{client.pk}/"
    for person, missing in (
        (limited_administrator, ["Allow this user to edit other users"]),
        (viewer, ["Administrator", "Allow this user to edit other users"]),
    ):
        page = page_as(person)
        page.goto(path)
        for name in ("Edit", "Generate Credentials", "Revoke"):
            expect(page.get_by_role("link", name=name, exact=True)).to_have_count(0)
        page.goto(path + "generate/")
        main = page.get_by_role("main")
        for right in missing:
            expect(main.get_by_text(right, exact=True)).to_be_visible()
        expect(main).to_contain_text(administrator.email)
        expect(main).to_contain_text("alex@gatepass.example")

    page = page_as(administrator)
    page.goto(path + "edit/")
    page.get_by_label("TMS Create Jobs").check()
    at_rest(page)
    page.get_by_role("button", name="Save").click()
    follow(page.get_by_role("button", name="Save these changes"))
    expect(page.get_by_text("Saved. It applies from the next call on.")).to_be_visible()
    page.get_by_role("link", name="Audit", exact=True).click()
    page.get_by_label("Person").fill(administrator.email)
    page.get_by_label("Action").select_option("Client updated")
    page.get_by_label("Client or other name").fill("ERP connector")
    page.get_by_label("From").fill("2020-01-01")
    # Rows and the link to the file are on the page before too.
    follow(page.get_by_role("button", name="Filter"))
    rows = page.get_by_role("main").locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("TMS_CREATE_JOBS")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    lines = download.value.path().read_text().splitlines()
    assert len(lines) == 2 and "client.updated" in lines[1] and "TMS_CREATE_JOBS" in lines[1]
