"""A test sent to a webhook before there is an endpoint for it, and its answer in plain words.

It goes through the one door like any delivery. It is not signed, because the signing key comes with the endpoint, and
it is tried once with a short deadline, because somebody waits for the page.
"""

import time
import uuid
from dataclasses import dataclass

from apps.core import jsontext, outbound
from apps.core.outbound import Answer, OutboundError

DEADLINE = 6.0
SHOWN = 300
_WHY = {
    400: "It did not understand the test.",
    401: "It did not accept the Auth Token.",
    403: "It did not accept the Auth Token, or does not let Gatepass in.",
    404: "There is nothing at this path: check the Webhook URL.",
    405: "This address takes no POST: check the Webhook URL.",
    410: "It says that it is gone for good: it would be sent nothing.",
    413: "It finds the request too large.",
    429: "It says that it gets too many requests. Wait a little, then try again.",
}


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a test: a sentence for people, and the head of the answer where there was one."""

    ok: bool
    words: str
    answer: str = ""


def send(*, url: str, auth_token: str, name: str) -> Trial:
    """Post one test and wait for its answer. Touches no database; whatever happens is an outcome."""
    test_id = uuid.uuid4()
    body = {"id": str(test_id), "type": "TEST", "message": "A test from Gatepass.", "endpoint": name}
    headers = {
        "Content-Type": "application/json",
        "webhook-id": f"msg_{test_id.hex}",
        "webhook-timestamp": str(int(time.time())),
        "Gatepass-Event": "test",
        "Gatepass-Test": "1",
    }
    if auth_token:
        headers["Authorization"] = auth_token
    try:
        answer = outbound.post(url, headers=headers, body=jsontext.dumps(body), deadline=DEADLINE)
    except OutboundError as error:
        return Trial(False, error.message)
    return _told(answer)


def _told(answer: Answer) -> Trial:
    ok = 200 <= answer.status < 300
    began = f"Your webhook answered {answer.status} in {answer.ms:,} ms. "
    # NUL and half characters are nothing that a page can show.
    text = answer.body.decode("utf-8", "replace").replace("\x00", "\ufffd").strip()[:SHOWN]
    return Trial(ok, began + _why(answer.status), text)


def _why(status: int) -> str:
    if 200 <= status < 300:
        return "It works."
    if 300 <= status < 400:
        return "That is a redirect, which is not followed: enter the address that it leads to."
    if status >= 500:
        return "It has a fault of its own: ask whoever runs it."
    return _WHY.get(status, "It refused the test.")
