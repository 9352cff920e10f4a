"""Promise 15: go-live while 50 orders a second arrive. Each is in the sandbox, live or refused, and in one of them."""

import json
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from threading import Event

import pytest
from django.urls import reverse

from apps.audit.models import Entry
from apps.clients import services as clients
from apps.clients.models import ApiClient
from apps.clients.services import ClientInput
from apps.customers.models import Customer
from apps.orders.models import Order
from apps.sandboxes import services
from apps.tenants.models import Role
from apps.webhooks import endpoints
from apps.webhooks.models import Event as Told
from tests import factories
from tests.figures import figure
from tests.orders.factories import ProductFactory, order_document, stocked
from tests.promises import naive
from tests.promises.callers import ACTOR, Proof, access_token
from tests.promises.conftest import Office
from tests.promises.web import Answer, Web, cookies_of, together

pytestmark = pytest.mark.slow
PER_SECOND = 50
SECONDS = figure(20, 3)
SENDERS = 10
Send = Callable[[Web, str], Answer]
Press = Callable[[], Answer]


@dataclass(frozen=True)
class Before:
    """A client that is about to go live."""

    client: ApiClient
    sandbox: Customer
    live: Customer
    secret: Proof


@pytest.fixture
def before(office: Office) -> Before:
    """A client of a sandbox, stock for every order, and an endpoint, so that each order leaves its event."""
    live = office.customer
    stocked(ProductFactory.create(customer=live, code="MUG-12"), office.warehouse, 100_000)
    sandbox = services.duplicate(
        customer=live, name="Tea Sandbox", actor=ACTOR, with_products=True, starting_stock=Decimal(100_000)
    )
    endpoints.create_endpoint(
        tenant=office.tenant, name="ERP", url="https://hooks.example.com/x", actor=ACTOR, auth_token="theirs"
    )
    reach = {"roles": ["WMS_CREATE_JOBS"], "customers": [sandbox], "all_warehouses": True}
    client = clients.create_client(tenant=office.tenant, actor=ACTOR, values=ClientInput(name="ERP", **reach))
    issued = clients.generate_credentials(client=client, actor=ACTOR)
    return Before(client, sandbox, live, Proof("client secret", issued.client_secret, issued.client_id))


def press_while_orders_arrive(
    port: int, send: Send, presses: list[Press], total: int, per_second: float
) -> tuple[dict[str, Answer], list[Answer]]:
    """Send orders at a pace and press when a third has gone; the answer to each order and to each press.

    There are at least so many orders in all, and a third of them starts after the answers to the presses.
    """
    a_third, last = Event(), total
    began = time.monotonic()

    def sender(place: int) -> dict[str, Answer]:
        answers: dict[str, Answer] = {}
        with Web(port) as web:
            for number in count(place, SENDERS):
                time.sleep(max(0, began + number / per_second - time.monotonic()))
                if number >= last and pressed:
                    return answers
                answers[f"SO-{number}"] = send(web, f"SO-{number}")
                reached[place] = number
                if number >= total // 3:
                    a_third.set()
        return answers

    reached = [0] * SENDERS
    pressed: list[Answer] = []
    with ThreadPoolExecutor(SENDERS) as pool:
        sending = [pool.submit(sender, place) for place in range(SENDERS)]
        a_third.wait(60)
        answered = together(presses)
        last = max(total, max(reached) + total // 3)
        pressed += answered
        return {key: answer for sent in sending for key, answer in sent.result().items()}, pressed


def test_each_order_is_in_exactly_one_place_and_two_people_make_one_go_live(
    port: int, office: Office, before: Before
) -> None:
    """Every second caller has been told the live Customer UUID already, the others still name the sandbox."""

    def named(reference: str) -> Customer:
        return (before.sandbox, before.live)[int(reference.removeprefix("SO-")) % 2]

    path = f"/tenants/{office.tenant.pk}/outbound-orders"
    with Web(port) as web:
        tokens = [access_token(web, before.secret)]

    def send(web: Web, reference: str) -> Answer:
        """As a real caller does: with the token that it has, and with a new one where that is refused."""
        body = json.dumps(order_document(named(reference), ("MUG-12", 1), reference=reference))
        headers = {"Authorization": f"Bearer {tokens[-1].secret}", "Accept_Version": "1"}
        answer = web.ask("POST", path, body, "application/json", **headers)
        if answer.status != 401:
            return answer
        # Going live takes the sandbox from the client, which ends its access tokens.
        tokens.append(access_token(web, before.secret))
        headers["Authorization"] = f"Bearer {tokens[-1].secret}"
        return web.ask("POST", path, body, "application/json", **headers)

    colleague = factories.MembershipFactory.create(
        tenant=office.tenant, role=Role.ADMINISTRATOR, can_edit_users=True
    ).user
    address = reverse("sandboxes:go_live", args=[office.tenant.slug, before.client.pk])
    form = {"sandbox": before.sandbox.pk, "tested": "on"}

    def presser(cookies: dict[str, str]) -> Press:
        def press() -> Answer:
            with Web(port, **cookies) as web:
                return web.post(address, form)

        return press

    presses = [presser(office.cookies), presser(cookies_of(colleague))]
    answers, pressed = press_while_orders_arrive(port, send, presses, PER_SECOND * SECONDS, PER_SECOND)

    # 409 where both were under way at once, 422 where the second came when the client had no sandbox any more.
    assert sorted(answer.status for answer in pressed) in ([200, 409], [200, 422])
    assert Entry.objects.filter(action="client.went_live").count() == 1
    assert {answer.status for answer in answers.values()} <= {201, 409, 422}
    took = {reference for reference, answer in answers.items() if answer.status == 201}
    in_sandbox = {reference for reference in took if named(reference) == before.sandbox}
    in_live = took - in_sandbox
    assert in_sandbox and in_live and len(took) < len(answers), "all three ends have to occur"
    stored = Counter(Order.objects.values_list("reference", "customer"))
    assert stored == Counter({(reference, before.live.pk): 1 for reference in in_live})
    told = Told.objects.filter(name="outbound-order.created").values_list("reference", "customer_id")
    assert Counter(told) == Counter((reference, named(reference).pk) for reference in took)
    emptied = Entry.objects.get(action="sandbox.emptied")
    assert emptied.before["orders"] == len(in_sandbox)
    before.sandbox.refresh_from_db()
    assert not before.sandbox.is_active
    assert list(before.client.customers.all()) == [before.live]


@pytest.mark.postgres
def test_looking_before_writing_fails_this_test(port: int, office: Office) -> None:
    def send(web: Web, reference: str) -> Answer:
        return web.post("/naive/order/", {"reference": reference})

    def press() -> Answer:
        with Web(port) as web:
            return web.post("/naive/go-live/", {})

    # Whether an order meets the go-live is chance, so there are some tries, and faster ones.
    for _ in range(20):
        naive.create_table()
        answers, pressed = press_while_orders_arrive(port, send, [press, press], 200, 2_000)
        took = sum(answer.status == naive.MADE for answer in answers.values())
        removed = sum(int(answer.text) for answer in pressed if answer.status == naive.MADE)
        if [answer.status for answer in pressed].count(naive.MADE) != 1 or removed != took:
            return
    pytest.fail("Looking before writing lost no order and went live once, in 20 tries.")
