"""manage.py load_calls: calls from elsewhere into the ledger."""

from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from apps.billing.loading import COLUMNS, BadLine, read_calls
from apps.core.commands import GatepassCommand
from apps.usage import partitions
from apps.usage.services import record_calls

CHUNK = 5_000


class Command(GatepassCommand):
    """Reads a file in one transaction: all of it or nothing."""

    help = (
        f"Load calls from a CSV file with the columns {','.join(COLUMNS)}. Times need an offset; any year goes. "
        "All or nothing: an error names the line, the header being line 1."
    )
    answers = True

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path, metavar="FILE.csv", help="The file to read.")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Load the file."""
        try:
            total = _lines(file)
            with transaction.atomic(), self.progress(total, "Loading calls") as advance:
                calls, loaded = read_calls(file), 0
                while chunk := list(islice(calls, CHUNK)):
                    record_calls(chunk)
                    loaded += len(chunk)
                    advance(len(chunk))
            partitions.keep()
        except OSError as error:
            self.fail(f"{file} can't be read: {error.strerror}.")
        except BadLine as error:
            self.fail(f"{error} Nothing was loaded.")
        self.answer({"loaded": loaded}, f"{loaded:,} calls loaded.")


def _lines(file: Path) -> int:
    """How many calls the file has, about: one a line."""
    with file.open("rb") as content:
        return max(0, sum(1 for _ in content) - 1)
