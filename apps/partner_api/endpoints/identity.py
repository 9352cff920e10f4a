"""Who calls: `/uaa/userinfo`."""

from apps.partner_api.answers import Answer
from apps.partner_api.calls import ApiCall
from apps.partner_api.declare import endpoint
from apps.partner_api.schemas import UserInfo


@endpoint(
    "GET",
    "/uaa/userinfo",
    name="userinfo",
    summary="Who am I, and in which tenants",
    returns={200: UserInfo},
    absolute=True,
)
def userinfo(call: ApiCall) -> Answer:
    """The API user behind the client. It has no mailbox: the address is one that can't receive mail."""
    who = call.who
    tenant = {"id": who.tenant_id, "name": who.tenant_name, "slug": who.tenant_slug}
    email = f"{who.client_id}@api.invalid"
    return Answer({"id": who.client_id, "name": who.name, "email": email, "tenants": [tenant]})
