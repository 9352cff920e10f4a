"""`manage.py rotate_sealing_key`: what an older key of SEALING_KEYS sealed is sealed with the first one."""

from typing import Any

from apps.accounts import services as accounts
from apps.clients import services as clients
from apps.core.commands import GatepassCommand
from apps.core.sealing import SealError
from apps.webhooks import sealed as webhooks


class Command(GatepassCommand):
    """Seal everything with the first key, so that the others may leave SEALING_KEYS."""

    help = (
        "Seal everything anew with the first key of SEALING_KEYS. Put the new key first and keep the old ones, restart "
        "web servers and workers, run this, and take the old keys out a day later: sessions and access tokens of today "
        "still need them."
    )
    answers = True

    def handle(self, *args: Any, **options: Any) -> None:
        """Seal anew; a second run finds nothing left."""
        steps = {
            "webhook_secrets": webhooks.reseal,
            "channel_tokens": clients.reseal,
            "second_factors": accounts.reseal,
        }
        try:
            with self.progress(len(steps), "Sealing anew") as advance:
                done = {}
                for name, reseal in steps.items():
                    done[name] = reseal()
                    advance()
        except SealError as error:
            self.fail(str(error))
        self.answer(done, f"Sealed anew: {sum(done.values())}.")
