"""What has to hold when two people act at once: real threads, real connections."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection

from apps.audit.actors import command
from apps.audit.selectors import verify_chain
from apps.tenants import services
from apps.tenants.models import Invitation, Membership, Role, Warehouse
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

ACTOR = command("test")
ROUNDS = 5


def at_once(*acts: Callable[[], object]) -> list[Exception | None]:
    """Run all acts at the same moment; return what each one raised."""
    barrier, outcomes = Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            barrier.wait()
            act()
        except Exception as error:  # the test looks at it
            outcomes[place] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes  # type: ignore[return-value]


def test_two_administrators_who_remove_each_other_leave_one() -> None:
    for _ in range(ROUNDS):
        tenant = factories.TenantFactory.create()
        pair = factories.MembershipFactory.create_batch(
            2, tenant=tenant, role=Role.ADMINISTRATOR, can_edit_users=True
        )
        outcomes = at_once(
            lambda: services.remove_member(membership=pair[0], actor=ACTOR),  # noqa: B023  # ends within the round
            lambda: services.change_member(
                membership=pair[1],  # noqa: B023
                role=Role.VIEWER,
                can_edit_users=False,
                actor=ACTOR,
            ),
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LastManager", "NoneType"]
        assert Membership.objects.filter(tenant=tenant, can_edit_users=True).count() == 1
        assert verify_chain(tenant.pk).is_whole


def test_one_address_invited_twice_at_once_is_invited_once() -> None:
    tenant = factories.TenantFactory.create()

    def invite() -> None:
        services.invite(tenant=tenant, email="new@example.com", role=Role.VIEWER, actor=ACTOR)

    outcomes = at_once(*[invite] * 4)
    assert outcomes.count(None) == 1
    assert Invitation.objects.count() == 1


def test_an_invitation_accepted_twice_at_once_makes_one_account() -> None:
    tenant = factories.TenantFactory.create()
    invitation, _ = services.invite(tenant=tenant, email="new@example.com", role=Role.VIEWER, actor=ACTOR)

    def accept() -> None:
        services.accept_as_new(invitation=invitation, name="New", password="x", actor=ACTOR)

    outcomes = at_once(*[accept] * 4)
    assert outcomes.count(None) == 1
    assert Membership.objects.filter(tenant=tenant).count() == 1


def test_warehouses_of_one_name_added_at_once_become_one() -> None:
    tenant = factories.TenantFactory.create()
    names = ("North", "north", " NORTH ", "\uff2eorth")

    def add(name: str) -> Callable[[], object]:
        return lambda: services.create_warehouse(tenant=tenant, name=name, actor=ACTOR)

    outcomes = at_once(*map(add, names))
    assert outcomes.count(None) == 1
    assert [type(outcome) for outcome in outcomes if outcome] == [services.NameTaken] * 3
    assert Warehouse.objects.filter(tenant=tenant, is_default=True).count() == 1
