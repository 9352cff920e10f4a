"""Writing people: staff, links to choose a password, and what may be changed."""

import pytest
from django.test import Client

from apps.accounts import services
from apps.accounts.models import User
from apps.audit.actors import command
from apps.audit.models import Entry

ACTOR = command("test")


@pytest.mark.django_db
def test_staff_get_an_account_and_a_link_to_choose_a_password() -> None:
    user = services.create_staff("Help@Example.com", actor=ACTOR)
    assert user.is_staff and user.is_superuser and not user.has_usable_password()
    path = "/" + services.password_link(user).split("/", 3)[3]
    assert "Choose a new password" in Client().get(path, follow=True).content.decode()
    assert Entry.objects.get(action="person.created").after["support_staff"] is True


def test_an_address_has_one_account_in_any_letter_case(viewer: User) -> None:
    with pytest.raises(services.EmailTaken):
        services.create_staff(viewer.email.upper(), actor=ACTOR)
    assert User.objects.filter(email__iexact=viewer.email).count() == 1


def test_only_named_fields_of_a_person_change(viewer: User) -> None:
    with pytest.raises(ValueError, match="password"):
        services.update_person(viewer, actor=ACTOR, password="x")  # refused
    services.update_person(viewer, actor=ACTOR, name=viewer.name)
    assert not Entry.objects.exists()
