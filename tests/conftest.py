"""What every test may use: the five actors of the design, a way to sign in, and a database that can be emptied."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from hypothesis import settings as hypothesis_settings

from apps.accounts.models import User
from apps.audit import guards
from apps.billing import guards as billing_guards
from apps.tenants.models import Role, Tenant
from tests import chromium, factories, world

# Timing on a shared machine says nothing about a property.
hypothesis_settings.register_profile("gatepass", deadline=None)
hypothesis_settings.load_profile("gatepass")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    on_postgres = connection.vendor == "postgresql"
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            # make test installs Chromium where the system has apt; elsewhere the suite passes without it.
            if chromium.EXECUTABLE is None:
                item.add_marker(pytest.mark.skip(reason=chromium.MISSING))
        # SQLite is the default and has one writer, so races between rows run where there are several.
        if item.get_closest_marker("postgres") and not on_postgres:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Say it after everything else, the coverage report too, and once instead of test by test."""
    yield
    if chromium.EXECUTABLE is None:
        terminalreporter.write_line(chromium.MISSING, yellow=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Let the flush between transactional tests empty the append-only tables too."""
    with django_db_blocker.unblock():
        operations = type(connection.ops)
    empty = operations.execute_sql_flush

    def empty_without_guards(self: Any, statements: Iterable[str]) -> None:
        guards.remove(connection)
        billing_guards.remove(connection)
        try:
            empty(self, statements)
        finally:
            guards.install(connection)
            billing_guards.install(connection)

    # On the class: Playwright runs a test in a context of its own, which gets a connection of its own.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "execute_sql_flush", empty_without_guards)
        yield


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Limits and other counters in the cache start at nothing in each test."""
    cache.clear()


@pytest.fixture
def tenant(db: None) -> Tenant:
    return factories.TenantFactory.create(slug="coastal", name="Coastal Coffee Logistics")


@pytest.fixture
def administrator(tenant: Tenant) -> User:
    """An Administrator who may edit other users: everything is open."""
    return factories.MembershipFactory.create(
        tenant=tenant, role=Role.ADMINISTRATOR, can_edit_users=True
    ).user


@pytest.fixture
def limited_administrator(tenant: Tenant) -> User:
    """An Administrator who may not edit other users: no credentials, members or plan."""
    return factories.MembershipFactory.create(tenant=tenant, role=Role.ADMINISTRATOR).user


@pytest.fixture
def viewer(tenant: Tenant) -> User:
    """A member who sees and changes nothing."""
    return factories.MembershipFactory.create(tenant=tenant, role=Role.VIEWER).user


@pytest.fixture
def customer_user(tenant: Tenant) -> User:
    """A member with customer access, to no customer as long as the test names none."""
    return factories.MembershipFactory.create(tenant=tenant, role=Role.CUSTOMER).user


@pytest.fixture
def outsider(db: None) -> User:
    """The administrator of another tenant: nothing of the first one exists for this person."""
    return factories.MembershipFactory.create(role=Role.ADMINISTRATOR, can_edit_users=True).user


@pytest.fixture
def staff(db: None) -> User:
    """Support staff: the Django admin, and no tenant."""
    return factories.UserFactory.create(is_staff=True, is_superuser=True)


@pytest.fixture
def sign_in() -> Callable[[User | None], Client]:
    """Return `sign_in(user)`, a client with that person's session; `None` gives an anonymous one."""

    def client_of(user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    return client_of


@pytest.fixture(scope="module")
def worlds(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[world.World, world.World]]:
    """Two organisations with one of everything each, made once for the tests of a file and rolled back after it.

    Each test that takes this is marked `django_db`, and what it changes is taken back by itself.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield world.build("coastal"), world.build("harbour")
        transaction.set_rollback(True)
