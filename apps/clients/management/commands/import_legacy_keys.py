"""manage.py import_legacy_keys: API keys that were issued before the portal existed."""

from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from apps.audit.actors import command
from apps.clients.services import import_legacy_keys
from apps.clients.services.legacy import COLUMNS
from apps.core.commands import GatepassCommand
from apps.core.csvfile import CsvError


class Command(GatepassCommand):
    """Reads a file in one transaction: all of it or nothing."""

    help = (
        f"Import API keys from a CSV file with the columns {','.join(COLUMNS)}. hash is sha256$hex or one of Django's "
        "own encodings (Argon2, PBKDF2, scrypt); several roles or customer UUIDs stand between spaces, semicolons or "
        "quoted commas; customers left empty means all. Ids that exist are refused. All or nothing: an error names "
        "the line, the header being line 1."
    )
    answers = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path, metavar="FILE.csv", help="The file to read.")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Import the file."""
        imported: Counter[str] = Counter()
        try:
            content = file.read_bytes()
            lines = max(0, len(content.splitlines()) - 1)
            with transaction.atomic(), self.progress(lines, "Importing keys") as advance:
                for client in import_legacy_keys(content, actor=command("import_legacy_keys")):
                    imported[client.tenant.slug] += 1
                    advance()
        except OSError as error:
            self.fail(f"{file} can't be read: {error.strerror}.")
        except CsvError as error:
            self.fail(f"{error} Nothing was imported.")
        total = imported.total()
        self.answer(
            {"imported": total, "tenants": dict(imported)}, f"{total:,} key{'s' * (total != 1)} imported."
        )
