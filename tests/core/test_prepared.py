"""Queries compiled once answer as the ORM does, for every value and length."""

from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection

from apps.core.prepared import Prepared
from apps.tenants.models import Tenant
from tests import factories

pytestmark = pytest.mark.django_db


def test_it_answers_as_the_orm_does_whatever_the_values_are() -> None:
    tenants = factories.TenantFactory.create_batch(5)
    query = Prepared(
        lambda ids, slug: (
            Tenant.objects.filter(pk__in=ids).exclude(slug=slug).order_by("slug").values_list("id", "created")
        )
    )
    for count in (1, 3, 5):
        ids: list[UUID] = [tenant.pk for tenant in tenants[:count]]
        expected = Tenant.objects.filter(pk__in=ids).exclude(slug=tenants[0].slug).order_by("slug")
        assert query(ids=ids, slug=tenants[0].slug) == list(expected.values_list("id", "created"))
    assert query(ids=[uuid4()], slug="") == []


def test_a_value_that_does_not_reach_the_database_is_an_error() -> None:
    with pytest.raises(ValueError, match="does not reach"):
        Prepared(lambda slug: Tenant.objects.values_list("id"))(slug="x")


def test_a_value_of_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(TypeError):
        Prepared(lambda value: Tenant.objects.filter(name=value).values_list("id"))(value=object())


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_database_dropped_costs_no_call() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no connection to drop.")
    query = Prepared(lambda slug: Tenant.objects.filter(slug=slug).values_list("id"))
    assert query(slug="x") == []
    with psycopg.connect(connection.connection.info.dsn) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    assert query(slug="x") == []


@pytest.mark.postgres
def test_postgresql_is_asked_with_one_text_and_separate_values() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite keeps its statements by itself.")
    query = Prepared(lambda slug: Tenant.objects.filter(slug=slug).values_list("id"))
    for number in range(4):
        query(slug=f"x{number}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%slug%'")
        assert cursor.fetchone() == (1,)
