"""Why a call was not answered with a success, in typed words that the ledger keeps and in words for people.

The request log offers them as a filter; a test holds what the API gives against this list.
"""

WORDS: dict[str, str] = {
    # Who calls (401, and 429 for guesses).
    "no_token": "No access token was sent",
    "no_basic": "No client id and secret were sent",
    "malformed": "The token, the credentials or the request can't be read",
    "unknown": "No such client, secret or token",
    "expired": "The token, the credential or the client has expired",
    "inactive": "The API client is INACTIVE",
    "revoked": "The credential or the client was revoked",
    "pending": "The credential was not confirmed yet",
    "superseded": "The token was issued before the client lost something",
    "deny_listed": "The token was given back",
    "tenant_suspended": "The organisation is suspended",
    "ip_not_allowed": "The address may not use this client",
    "throttled": "Too many wrong passwords",
    # What it may do (403).
    "missing_role": "An API role is missing",
    "wrong_tenant": "The path names another organisation",
    "not_allowed": "The customer's settings do not allow it",
    "no_rule": "No rule of the gateway names the method and path",
    "not_canonical": "The path at the gateway is not canonical",
    # How it asked (400, 404, 405, 406, 413, 415).
    "host": "The host name is not served here",
    "no_version": "The header Accept-Version is missing",
    "version": "The version is not served here",
    "no_if_match": "The header If-Match is missing",
    "media_type": "The media type of the body is not taken here",
    "too_large": "The body is too large",
    "method": "The address does not take this method",
    "unknown_path": "There is no such address",
    "not_found": "There is no such thing within the client's reach",
    "invalid_request": "The OAuth request is malformed",
    "invalid_scope": "The OAuth request asks for a scope",
    "unsupported_grant_type": "The grant type is not client_credentials",
    "unsupported_token_type": "Only access tokens can be revoked",
    # What it sent (409, 412, 422).
    "invalid": "What was sent can't be stored",
    "duplicate": "It exists already",
    "wrong_customer": "The customer that the body names can't be used",
    "wrong_warehouse": "The warehouse that the body names can't be used",
    "conflict": "The state of the thing does not allow it",
    "stale": "Somebody else changed it first",
    # How much (429).
    "limit": "Too many orders in a minute",
    "cap": "The weekly cap is reached",
    # Us (5xx).
    "our_error": "A fault of ours",
    "unavailable": "The database did not answer",
}


def words_of(reason: str) -> str:
    """A reason in words; one that nobody knows any more as it stands."""
    return WORDS.get(reason, reason.replace("_", " "))
