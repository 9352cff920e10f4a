"""Definitions of custom fields (#37). Gatepass keeps any key under `properties`, so there are none to define."""

from apps.clients.roles import Permission
from apps.customers.models import Customer
from apps.partner_api.answers import Answer, not_found
from apps.partner_api.calls import ApiCall
from apps.partner_api.declare import Query, endpoint
from apps.partner_api.routing import parse_uuid
from apps.partner_api.schemas import DefinitionOut

_QUERY = (
    Query("customerId", "Only the fields of this customer."),
    Query("inactiveCustomFields", "Whether inactive fields are listed too."),
)


def _listed(call: ApiCall) -> Answer:
    """Always empty: every key under `properties` is taken and kept, none has to be defined first."""
    if text := call.query("customerId"):
        key = parse_uuid(text)
        customer = Customer.objects.of(call.tenant).within(call.scope).filter(pk=key).first() if key else None
        if customer is None:
            raise not_found()
        call.names_customer(customer.pk, customer.kind)
    return Answer([])


for _activity in ("inbound", "outbound", "transport"):
    endpoint(
        "GET",
        f"/definitions/activity/{_activity}",
        name=f"definitions.{_activity}",
        summary=f"The custom fields of {_activity} jobs",
        needs=Permission.DEFINITIONS_VIEW,
        query=_QUERY,
        returns={200: list[DefinitionOut]},
    )(_listed)
