"""`manage.py reset_second_factor`: for a person who has lost theirs, when no colleague can reach the admin."""

from typing import Any

from django.core.management.base import CommandParser

from apps.accounts.models import User
from apps.accounts.services import reset_second_factor
from apps.audit.actors import command
from apps.core.commands import GatepassCommand


class Command(GatepassCommand):
    """Remove every second factor of one person."""

    help = (
        "Remove every second factor of a person who has lost theirs; the password alone lets them in again."
    )
    answers = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the person and why."""
        parser.add_argument("email")
        parser.add_argument(
            "--reason", required=True, help="Why, and how you made sure who asked; it is audited."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove them."""
        if not options["reason"].strip():
            self.fail("--reason: say why; it stands in the audit record.")
        user = User.objects.filter(email__iexact=options["email"].strip()).first()
        if user is None:
            self.fail(f"There is no account for {options['email']}.")
        removed = reset_second_factor(
            user, reason=options["reason"].strip(), actor=command("reset_second_factor")
        )
        self.answer({"email": user.email, "removed": removed}, f"Removed for {user.email}: {removed}.")
