"""Sixty texts that would like to run stand in every name, and a real browser runs none of them (promise 23)."""

from urllib.parse import quote

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from apps.customers.services import create_customer
from tests.browser.settled import at_rest
from tests.security.test_forms import XSS
from tests.world import ACTOR

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PAGES = ("customers:list", "portal:dashboard", "clients:add", "orders:add", "webhooks:add", "portal:audit")
NOTE = "window.ran = []; for (const name of ['alert', 'confirm', 'prompt']) window[name] = () => window.ran.push(1)"


def test_nothing_in_a_name_runs_in_a_browser(page_as, administrator, tenant):
    for number, text in enumerate(XSS):
        create_customer(tenant=tenant, actor=ACTOR, name=f"{text} {number}")
    tenant.name = tenant.account_manager_name = XSS[3]
    tenant.save()
    page = page_as(administrator)
    page.add_init_script(NOTE)
    named = [reverse(f"{name}", args=[tenant.slug]) for name in PAGES]
    search = reverse("portal:search", args=[tenant.slug])
    shown = 0
    for path in (*named, f"{named[0]}?page=2", *(f"{search}?q={quote(text)}" for text in XSS[::15])):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        # What htmx fetches for the page could run something too.
        at_rest(page)
        assert page.evaluate("window.ran") == [], path
        assert page.url.startswith(page.evaluate("location.origin")) and "evil.example/" not in page.url
        shown += page.evaluate("document.body.innerText.includes('onerror=alert(1)')")
    assert shown > 3, "the texts have to be on the pages"
