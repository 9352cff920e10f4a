"""What once went wrong around signed-in people and their forms."""

import pytest
from django.test import Client, override_settings

from apps.accounts.models import User
from apps.tenants.models import Tenant
from tests.accounts.test_sign_in import SignIn

pytestmark = pytest.mark.django_db


def test_a_page_of_a_signed_in_person_is_kept_by_no_cache(
    administrator: User, tenant: Tenant, sign_in: SignIn
) -> None:
    client = sign_in(administrator)
    for path in ("", "contacts/customers/", "more/audit/"):
        assert client.get(f"/t/{tenant.slug}/{path}")["Cache-Control"] == "private, no-store"


@override_settings(DEBUG=True)
def test_a_form_that_can_not_be_stored_is_not_shown_back_with_its_password() -> None:
    answer = Client().post("/accounts/login/", {"login": "a\x00@example.com", "password": "Kx-unseen-7731"})
    assert answer.status_code == 400
    assert b"Kx-unseen-7731" not in answer.content
    assert b"Traceback" not in answer.content


@override_settings(STAFF_SECOND_FACTOR=False)
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("accounts/user/?password__startswith=argon2", 400),
        ("tenants/invitation/?token_digest__startswith=a", 400),
        ("webhooks/endpoint/?signing_key_sealed__startswith=s1", 400),
        ("clients/apiclient/?created__year=0", 400),
        ("clients/apiclient/?is_active__exact=1", 200),
        ("clients/apiclient/?kind__exact=%00", 400),
        ("orders/order/?created__year=0", 302),
        ("orders/order/?created__day=99", 200),
        ("r/1/1/", 404),
    ],
)
def test_the_desk_narrows_its_lists_by_the_filters_it_shows_and_nothing_else(
    address: str, status: int, staff: User, sign_in: SignIn
) -> None:
    assert sign_in(staff).get(f"/admin/{address}").status_code == status
