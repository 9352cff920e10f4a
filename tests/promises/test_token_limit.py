"""Promise 13: ten live bearer tokens and fifty simultaneous creates through the portal make exactly one more."""

from collections import Counter
from uuid import uuid4

import pytest
from django.urls import reverse

from apps.clients import services
from apps.clients.models import ApiClient, Credential
from tests.figures import figure
from tests.promises import naive
from tests.promises.callers import ACTOR
from tests.promises.conftest import Office
from tests.promises.test_rotation import SECRET
from tests.promises.web import Answer, posts_together

pytestmark = pytest.mark.slow
ROUNDS = figure(20, 2)
CREATES = 50
LIMIT = 11


def create_at_once(port: int, office: Office, path: str) -> list[Answer]:
    """Fifty forms for a new token, each with a name and a key of its own."""
    forms = [
        {"name": f"Race {number}", "use_case": "own", "roles": "WMS_CREATE_JOBS", "creation_key": uuid4()}
        for number in range(CREATES)
    ]
    return posts_together(port, [(path, form) for form in forms], **office.cookies)


def test_exactly_the_eleventh_is_made(port: int, office: Office) -> None:
    path = reverse("clients:token_add", args=[office.tenant.slug])
    for number in range(LIMIT - 1):
        services.create_bearer(
            tenant=office.tenant, actor=ACTOR, name=f"Token {number}", roles=["WMS_CREATE_JOBS"]
        )
    for _ in range(ROUNDS):
        answers = create_at_once(port, office, path)
        assert Counter(answer.status for answer in answers) == {200: 1, 409: CREATES - 1}
        assert sum(bool(SECRET.search(answer.text)) for answer in answers) == 1
        live = ApiClient.objects.of(office.tenant).present().filter(kind="bearer")
        assert live.count() == LIMIT
        assert Credential.objects.filter(client__in=live, state="active").count() == LIMIT
        services.revoke_client(client=live.get(name__startswith="Race"), actor=ACTOR)


def test_counting_before_inserting_fails_this_test(port: int, office: Office) -> None:
    for _ in range(10):
        naive.create_table()
        for number in range(LIMIT - 1):
            naive.insert("token", f"Token {number}")
        create_at_once(port, office, "/naive/token/")
        if naive.count("token") > LIMIT:
            return
    pytest.fail("Counting before inserting made exactly one more, in ten tries.")
