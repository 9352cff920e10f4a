"""What the commands of billing take."""

import argparse
import re
from datetime import date

from django.core.management.base import CommandError, CommandParser

from apps.tenants.models import Tenant

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def local_date(text: str) -> date:
    """A date typed as YYYY-MM-DD."""
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a date such as 2026-09-28.") from None


def add_week(parser: CommandParser, *, required: bool) -> None:
    """Add --week."""
    parser.add_argument(
        "--week",
        type=local_date,
        required=required,
        metavar="YYYY-MM-DD",
        help="The Monday, by the tenant's local date, on which the week began.",
    )


def find_tenant(slug: str) -> Tenant:
    """The tenant of a slug; an error of one line if there is none."""
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise CommandError(f'There is no tenant "{slug}".')
    return tenant
