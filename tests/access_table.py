"""What each address asks for and which methods it takes: the expectation that `test_access_table.py` holds it to.

R is read (GET), F is a form or a dialog (GET and POST), P acts (POST alone). Under "of" stands the attribute of the
world whose id the address is given, where it isn't the usual one; under "query" what it is asked about in its query.
"""

from dataclasses import dataclass

from apps.tenants.access import Need

READ = ("GET",)
FORM = ("GET", "POST")
POST = ("POST",)


@dataclass(frozen=True)
class Row:
    """What one address of an organisation asks for."""

    need: Need
    methods: tuple[str, ...]
    of: str = ""
    query: str = ""


def _rows(need: Need, methods: tuple[str, ...], *names: str, of: str = "", query: str = "") -> dict[str, Row]:
    return {name: Row(need, methods, of, query) for name in names}


MEMBER, VIEW, EDIT, MANAGE = Need.MEMBER, Need.VIEW, Need.EDIT, Need.MANAGE

TENANT_ROUTES: dict[str, Row] = {
    **_rows(MEMBER, READ, "portal:dashboard", "portal:search", "portal:help"),
    **_rows(VIEW, READ, "portal:audit", "portal:audit_csv"),
    **_rows(VIEW, READ, "tenants:organisation", "tenants:warehouses", "tenants:members"),
    **_rows(EDIT, FORM, "tenants:warehouse_add", "tenants:warehouse_edit"),
    **_rows(EDIT, POST, "tenants:warehouse_activate", "tenants:warehouse_deactivate"),
    **_rows(MANAGE, FORM, "tenants:organisation_edit", "tenants:invite"),
    **_rows(MANAGE, FORM, "tenants:member_edit", "tenants:member_remove"),
    **_rows(MANAGE, POST, "tenants:invitation_resend", "tenants:invitation_withdraw"),
    **_rows(VIEW, READ, "clients:list", "clients:detail", "clients:channels"),
    **_rows(VIEW, READ, "developer:first_call", "developer:postman", "developer:gateway"),
    **_rows(MANAGE, FORM, "developer:gateway_add", "developer:gateway_edit", "developer:gateway_delete"),
    **_rows(VIEW, READ, "clients:reach_of_customer", "clients:reach_of_warehouse"),
    **_rows(VIEW, READ, "clients:first_call"),
    **_rows(MANAGE, FORM, "clients:identify"),
    **_rows(MANAGE, FORM, "clients:deactivate_many", query="client"),
    **_rows(MANAGE, POST, "clients:disable_credential"),
    **_rows(VIEW, READ, "clients:tokens", "clients:access_tokens"),
    **_rows(MANAGE, FORM, "clients:add", "clients:edit", "clients:generate"),
    **_rows(MANAGE, FORM, "clients:activate", "clients:deactivate", "clients:revoke", "clients:delete"),
    **_rows(MANAGE, FORM, "clients:finish", "clients:keep"),
    **_rows(MANAGE, FORM, "clients:channel_add", "clients:token_add", "clients:access_token_add"),
    **_rows(MANAGE, POST, "clients:advice", "clients:fill_addresses", "clients:preview"),
    **_rows(MANAGE, POST, "clients:search_add", "clients:search_edit"),
    **_rows(MANAGE, POST, "clients:channel_confirm", of="channel"),
    **_rows(MANAGE, FORM, "clients:channel_edit", of="channel"),
    **_rows(MANAGE, POST, "clients:channel_save", "clients:channel_test"),
    **_rows(MANAGE, READ, "clients:channel_draft", of="channel_draft"),
    **_rows(MANAGE, POST, "clients:channel_discard", of="channel_draft"),
    **_rows(EDIT, FORM, "sandboxes:duplicate"),
    **_rows(EDIT, FORM, "sandboxes:delete_orders", of="sandbox"),
    **_rows(MANAGE, FORM, "sandboxes:go_live", of="sandbox_client"),
    **_rows(VIEW, READ, "webhooks:list", "webhooks:detail", "webhooks:verify"),
    **_rows(MEMBER, READ, "webhooks:deliveries", "webhooks:delivery"),
    **_rows(EDIT, FORM, "webhooks:add", "webhooks:edit", "webhooks:rotate_key", "webhooks:remove"),
    **_rows(EDIT, FORM, "webhooks:resend_failed"),
    **_rows(EDIT, POST, "webhooks:search_add", "webhooks:search_edit"),
    **_rows(EDIT, POST, "webhooks:test", "webhooks:pause", "webhooks:resume", "webhooks:resend"),
    **_rows(MEMBER, READ, "customers:list", "customers:detail"),
    **_rows(EDIT, FORM, "customers:add", "customers:edit"),
    **_rows(EDIT, POST, "customers:activate", "customers:deactivate"),
    **_rows(MANAGE, FORM, "customers:invite", "customers:user_edit", "customers:user_remove"),
    **_rows(MANAGE, POST, "customers:search_invite", "customers:user_search", "customers:user_restore"),
    **_rows(MANAGE, POST, "customers:invitation_resend", "customers:invitation_withdraw"),
    **_rows(MEMBER, READ, "orders:list", "orders:detail", "orders:inbound_list", "orders:queue"),
    **_rows(MEMBER, READ, "orders:inbound", of="inbound_order"),
    **_rows(EDIT, FORM, "orders:add", "orders:inbound_add", query="customer"),
    **_rows(EDIT, POST, "orders:allocate", "orders:pack", "orders:dispatch", "orders:cancel"),
    **_rows(EDIT, POST, "orders:receive", "orders:verify", "orders:inbound_allocate", of="inbound_order"),
    **_rows(EDIT, POST, "orders:inbound_cancel", of="inbound_order"),
    **_rows(MEMBER, READ, "orders:list_csv", "orders:inbound_csv", "orders:products_csv"),
    **_rows(EDIT, POST, "orders:simulate"),
    **_rows(EDIT, POST, "orders:inbound_simulate", of="inbound_order"),
    **_rows(MEMBER, READ, "orders:products", "orders:product"),
    **_rows(EDIT, FORM, "orders:products_import", "orders:promotions_import"),
    **_rows(EDIT, FORM, "orders:promotion_add", "orders:promotion_edit"),
    **_rows(EDIT, POST, "orders:products_import_confirm", "orders:promotions_import_confirm"),
    **_rows(VIEW, READ, "orders:assortment"),
    **_rows(EDIT, POST, "orders:assortment_save", "orders:assortment_bulk"),
    **_rows(VIEW, READ, "orders:promotions", "orders:promotions_csv", "orders:promotion"),
    **_rows(EDIT, POST, "orders:promotion_end"),
    **_rows(VIEW, READ, "orders:simulator", of="sandbox"),
    **_rows(EDIT, POST, "orders:simulator_step", "orders:simulator_on", "orders:simulator_off", of="sandbox"),
    **_rows(EDIT, FORM, "orders:product_add", query="customer"),
    **_rows(EDIT, FORM, "orders:product_edit"),
    **_rows(MEMBER, READ, "orders:consignments", "orders:consignment", "orders:consignments_csv"),
    **_rows(EDIT, POST, "orders:consignment_move", "orders:consignment_cancel"),
    **_rows(VIEW, READ, "billing:usage_report", "billing:usage_export", "billing:meter_panel"),
    **_rows(MANAGE, FORM, "billing:cap"),
    **_rows(VIEW, READ, "billing:statements", "billing:statement", "billing:statement_export"),
    **_rows(MEMBER, READ, "usage:calls", "usage:calls_csv", "usage:call"),
    **_rows(VIEW, READ, "usage:client_panel"),
}

OPEN, SIGNED_IN, NOBODY, MACHINE = "open", "signed in", "nobody", "machine"


@dataclass(frozen=True)
class Outside:
    """What an address outside every organisation asks for; `kwargs` are what it is called with."""

    who: str
    methods: tuple[str, ...]
    kwargs: tuple[str, ...] = ()


def _outside(
    who: str, methods: tuple[str, ...], *names: str, kwargs: tuple[str, ...] = ()
) -> dict[str, Outside]:
    return {name: Outside(who, methods, kwargs) for name in names}


OTHER_ROUTES: dict[str, Outside] = {
    **_outside(OPEN, READ, "operations:healthz", "operations:readyz"),
    **_outside(OPEN, FORM, "account_login", "account_logout", "account_reset_password"),
    **_outside(OPEN, READ, "account_inactive", "account_reset_password_done"),
    **_outside(OPEN, READ, "account_reset_password_from_key_done"),
    **_outside(OPEN, FORM, "account_reset_password_from_key", kwargs=("1", "set-password")),
    **_outside(SIGNED_IN, FORM, "account_reauthenticate", "account_change_password"),
    **_outside(SIGNED_IN, READ, "mfa_index", "mfa_view_recovery_codes"),
    **_outside(SIGNED_IN, FORM, "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp"),
    **_outside(SIGNED_IN, FORM, "mfa_generate_recovery_codes"),
    **_outside(OPEN, FORM, "mfa_authenticate"),
    **_outside(NOBODY, FORM, "account_signup", "account_email", "account_set_password"),
    **_outside(NOBODY, FORM, "account_email_verification_sent"),
    **_outside(SIGNED_IN, READ, "start"),
    **_outside(OPEN, READ, "invitations:open", kwargs=("gp_in_nothing",)),
    **_outside(OPEN, POST, "invitations:join"),
    **_outside(SIGNED_IN, POST, "invitations:accept"),
    **_outside(OPEN, READ, "partner_api:reference", "partner_api:openapi", "partner_api:metadata"),
    **_outside(MACHINE, POST, "partner_api:token", "partner_api:revoke", "partner_api:introspect"),
    **_outside(MACHINE, READ, "partner_api:userinfo", "partner_api:authorize"),
    **_outside(MACHINE, READ, "partner_api:authorize-dialect", kwargs=("envoy/tenants/x",)),
    **_outside(MACHINE, READ, "partner_api:tenants", kwargs=("x/customers",)),
}
