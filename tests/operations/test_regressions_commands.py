"""What people get wrong when they type commands: one line and exit status 1, and nothing is stored."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import User
from apps.clients.models import ApiClient
from apps.tenants.models import Tenant
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "\u200b"}, "[a-z]"),
        ({"name": "a" * 121}, "[a-z]"),
        ({"name": "a\x00b"}, "[a-z]"),
        ({"kind": "channel", "threshold_weight": "NaN"}, "threshold-weight"),
        ({"kind": "channel", "threshold_volume": "-1"}, "threshold-volume"),
        ({"kind": "channel", "threshold_volume": "x"}, "threshold-volume"),
        ({"kind": "access"}, "API Integration"),
        ({"kind": "bearer", "customers": "00000000-0000-0000-0000-000000000000"}, "all customers"),
    ],
)
def test_credentials_that_make_no_sense_are_refused(changes: dict[str, str], words: str) -> None:
    tenant = factories.TenantFactory.create()
    options = {"tenant": tenant.slug, "kind": "client", "name": "ERP", "roles": "WMS_CREATE_JOBS"} | changes
    arguments = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    with pytest.raises(CommandError, match=words):
        call_command("issue_credentials", *arguments)
    assert not ApiClient.objects.exists()


def test_one_bearer_token_more_than_the_plan_allows_is_refused_in_one_line() -> None:
    tenant = factories.TenantFactory.create()
    arguments = [f"--tenant={tenant.slug}", "--kind=bearer", "--roles=WMS_CREATE_JOBS"]
    for number in range(11):
        call_command("issue_credentials", *arguments, f"--name=Token {number}", "--json", stdout=_Nowhere())
    with pytest.raises(CommandError, match="in use"):
        call_command("issue_credentials", *arguments, "--name=One more")


def test_people_are_created_and_invited_by_addresses_that_can_be_mailed() -> None:
    with pytest.raises(CommandError, match="valid email"):
        call_command("create_staff", "nope")
    with pytest.raises(CommandError, match="valid email"):
        call_command("create_tenant", "acme", "--name=Acme", "--zone=UTC", "--currency=AUD", "--admin=nope")
    assert not User.objects.exists()
    assert not Tenant.objects.exists()


class _Nowhere:
    def write(self, text: Any) -> None:
        """Forget it."""
