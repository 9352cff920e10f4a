"""Health for load balancers: alive, ready, and the difference."""

from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_living_process_says_so_without_the_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer.headers["Cache-Control"]
    assert not answer.cookies


def test_ready_means_that_the_database_answers_and_is_migrated() -> None:
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_pending_migrations_are_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda self, targets: ["one"])
    answer = Client().get("/readyz")
    assert answer.status_code == 503 and answer.json()["reason"] == "migrations are pending"


def test_without_a_database_the_process_lives_and_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: Any, **options: Any) -> None:
        raise DatabaseError("away at host 10.1.2.3")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", gone)
        assert Client().get("/healthz").status_code == 200
        answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert "10.1.2.3" not in answer.content.decode()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_read_and_nothing_else(path: str) -> None:
    assert Client().head(path).status_code == 200
    assert Client().post(path).status_code == 405


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_load_balancer_asks_by_address_and_in_the_clear(path: str, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["portal.example"]
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get(path, headers={"host": "10.0.0.7:8000"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert Client().get("/accounts/login/", headers={"host": "10.0.0.7"}).status_code in (301, 400)
