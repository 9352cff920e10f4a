"""Commands answer people and machines, and fail in one line."""

import io
import json
from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management import CommandError, call_command
from django.db import OperationalError

from apps.core.commands import GatepassCommand


class Command(GatepassCommand):
    """Do as the option says."""

    answers = True
    error: BaseException | None = None
    human = None

    def add_arguments(self, parser):
        parser.add_argument("--count", type=int)

    def handle(self, *args, **options):
        if self.error:
            raise self.error
        with self.progress(3, "Counting") as advance:
            advance(1)
            advance()
        self.answer({"count": options["count"], "price": Decimal("2.50")}, human=self.human)


def run(command, *argv):
    """Run a command as manage.py does; returns its exit status and what it wrote."""
    command.stdout._out, command.stderr._out = io.StringIO(), io.StringIO()
    status = 0
    try:
        command.run_from_argv(["manage.py", "count", "--skip-checks", *argv])
    except SystemExit as end:
        status = end.code
    return status, command.stdout._out.getvalue(), command.stderr._out.getvalue()


def test_an_answer_is_json_for_machines_and_lines_for_people(capsys):
    status, out, _ = run(Command(), "--count", "3", "--json")
    assert status == 0 and json.loads(out) == {"count": 3, "price": 2.5}
    assert run(Command(), "--count", "3")[1] == "count: 3\nprice: 2.50\n"
    command = Command()
    command.human = lambda: "Three."
    assert run(command, "--count", "3")[1] == "Three.\n"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (CommandError("No such\ntenant."), "CommandError: No such"),
        (ValidationError(["Too long.", "Too odd."]), "CommandError: Too long. Too odd."),
        (OperationalError("no such table: x"), "manage.py migrate has run"),
        (ImproperlyConfigured("Set SEALING_KEYS."), "CommandError: Set SEALING_KEYS."),
    ],
)
def test_a_failure_is_one_line_and_status_1(error, says):
    command = Command()
    command.error = error
    status, out, err = run(command)
    assert status == 1 and out == ""
    assert says in err and len(err.splitlines()) == 1


@pytest.mark.parametrize("argv", [["--count", "x"], ["--no-such"], ["extra"]])
def test_wrong_arguments_are_one_line_and_status_1(argv):
    status, _, err = run(Command(), *argv)
    assert status == 1 and len(err.splitlines()) == 1


def test_an_interruption_is_one_line_and_status_130():
    command = Command()
    command.error = KeyboardInterrupt()
    status, _, err = run(command)
    assert (status, err) == (130, "Interrupted.\n")


def test_called_from_code_a_failure_is_an_exception():
    command = Command()
    command.error = ValidationError("No.")
    with pytest.raises(CommandError, match="No"):
        call_command(command)


def test_fail_ends_the_command_with_its_message():
    with pytest.raises(CommandError, match="Nothing there"):
        Command().fail("Nothing there.")
