"""What the commands of manage.py have in common: answers for people and machines, errors of one line, progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

from django.core.exceptions import NON_FIELD_ERRORS, ImproperlyConfigured, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser, SystemCheckError
from django.db import DatabaseError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from apps.core import jsontext


class GatepassCommand(BaseCommand):
    """A command whose every failure is one line and exit status 1; with `answers` it takes --json."""

    answers = False
    as_json = False
    verbosity = 1

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Return a parser that raises CommandError for wrong arguments instead of printing its usage."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.called_from_command_line = False
        if self.answers:
            parser.add_argument("--json", action="store_true", dest="as_json", help="Answer in JSON.")
        return parser

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as manage.py does, with wrong arguments reported like every other error."""
        try:
            super().run_from_argv(argv)
        except CommandError as error:
            if "--traceback" in argv:
                raise
            self.stderr.write(f"{type(error).__name__}: {_one_line(error)}")
            sys.exit(error.returncode)
        except KeyboardInterrupt:
            self.stderr.write("Interrupted.")
            sys.exit(130)

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command, turning the errors that people can mend into one line."""
        self.as_json = bool(options.get("as_json"))
        self.verbosity = options.get("verbosity", 1)
        try:
            return super().execute(*args, **options)
        except SystemCheckError:
            raise
        except CommandError as error:
            raise CommandError(_one_line(error), returncode=error.returncode) from error
        except ValidationError as error:
            raise CommandError(_one_line(_named(error))) from error
        except DatabaseError as error:
            hint = "Check DATABASE_URL, and that manage.py migrate has run."
            raise CommandError(f"The database refused: {_one_line(error)}. {hint}") from error
        except ImproperlyConfigured as error:
            raise CommandError(_one_line(error)) from error

    def answer(self, values: Mapping[str, Any], human: str | Callable[[], str] | None = None) -> None:
        """Write what the command found: as JSON with --json, else for people, by default one line a value."""
        if self.as_json:
            self.stdout.write(jsontext.dumps(dict(values)).decode())
        elif human is None:
            self.stdout.write("\n".join(f"{name}: {value}" for name, value in values.items()))
        else:
            self.stdout.write(human() if callable(human) else human)

    def fail(self, message: str) -> NoReturn:
        """End the command with one line and exit status 1."""
        raise CommandError(message)

    @contextmanager
    def progress(self, total: int | None, label: str) -> Iterator[Callable[..., None]]:
        """Show a progress bar on a terminal; yields what advances it by a number of steps."""
        console = Console(stderr=True)
        silent = self.as_json or self.verbosity == 0 or not console.is_terminal
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        with Progress(*columns, console=console, disable=silent, transient=True) as bar:
            task = bar.add_task(label, total=total)

            def advance(steps: int = 1) -> None:
                bar.advance(task, steps)

            yield advance


def _named(error: ValidationError) -> str:
    """The messages, each after the field that it is about."""
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(
        f"{'' if field == NON_FIELD_ERRORS else f'{field}: '}{message}"
        for field, messages in error.message_dict.items()
        for message in messages
    )


def _one_line(error: BaseException | str) -> str:
    return " ".join(str(error).split())
