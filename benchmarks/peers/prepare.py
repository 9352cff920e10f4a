"""Fill an empty database with the peers' callers, or count what they wrote down. Run with the bench environment.

python -m benchmarks.peers.prepare fill N    prints JSON: the headers of N callers for each peer
python -m benchmarks.peers.prepare count     prints JSON: how many calls each peer has written down
"""

import base64
import json
import os
import sys
from datetime import timedelta
from typing import Any

import django
from django.core.management import call_command
from django.utils import timezone

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.peers.settings"
django.setup()

from oauth2_provider.models import AccessToken, Application  # noqa: E402
from rest_framework_api_key.models import APIKey  # noqa: E402
from rest_framework_tracking.models import APIRequestLog  # noqa: E402

from benchmarks.peers.models import Call, Client, Warehouse  # noqa: E402


def fill(number: int) -> dict[str, Any]:
    call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)
    for name in ("Brisbane", "Cairns"):
        Warehouse.objects.create(name=name)
    filled: dict[str, Any] = {
        "apikey": [],
        "dot": [],
        "dot_basic": [],
        "dot_introspect": [],
        "authlib_basic": [],
    }
    for place in range(number):
        _, key = APIKey.objects.create_key(name=f"Caller {place}")
        filled["apikey"].append({"Authorization": f"Api-Key {key}"})
        tokens = []
        for scope in ("read", "introspection"):
            # DOT hashes the secret of an application as it is saved, its default, which takes a quarter of a second.
            application = _application(f"{scope}-{place}", hashed=scope == "read" and place < 4)
            token = AccessToken.objects.create(
                application=application,
                token=f"{scope}-token-{place}",
                expires=timezone.now() + timedelta(hours=2),
                scope=scope,
            )
            tokens.append({"Authorization": f"Bearer {token.token}"})
        filled["dot"].append(tokens[0])
        filled["dot_introspect"].append({"headers": tokens[1], "body": f"token=read-token-{place}"})
        if place < 4:
            filled["dot_basic"].append(_basic(f"read-{place}", "secret-of-a-caller"))
        Client.objects.create(client_id=f"authlib-{place}", client_secret="secret-of-a-caller")
        filled["authlib_basic"].append(_basic(f"authlib-{place}", "secret-of-a-caller"))
    return filled


def _application(client_id: str, *, hashed: bool) -> Any:
    application: Any = Application.objects.create(
        client_id=client_id,
        client_secret="secret-of-a-caller",
        hash_client_secret=hashed,
        client_type="confidential",
        authorization_grant_type="client-credentials",
        name=client_id,
    )
    return application


def _basic(name: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        json.dump(fill(int(sys.argv[2])), sys.stdout)
    else:
        json.dump({"apikey": APIRequestLog.objects.count(), "dot": Call.objects.count()}, sys.stdout)
