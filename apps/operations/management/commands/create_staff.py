"""`manage.py create_staff`: let somebody into the Django admin."""

from typing import Any

from django.core.management.base import CommandParser

from apps.accounts.services import EmailTaken, create_staff, password_link
from apps.audit.actors import command
from apps.core.commands import GatepassCommand


class Command(GatepassCommand):
    """Create a member of the support staff."""

    help = "Create a member of the support staff; prints the link at which they choose their password."
    answers = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the person."""
        parser.add_argument("email")
        parser.add_argument("--name", default="", help="The person's name.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the account."""
        try:
            user = create_staff(options["email"], name=options["name"], actor=command("create_staff"))
        except EmailTaken as taken:
            self.fail(str(taken))
        link = password_link(user)
        self.answer(
            {"email": user.email, "password_link": link}, f"{user.email} chooses a password at\n{link}"
        )
