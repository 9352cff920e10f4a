"""/t/<tenant_slug>/: the organisation, its warehouses and its members."""

from django.urls import URLPattern, URLResolver, path

from apps.tenants.views import members, organisation, warehouses

app_name = "tenants"

urlpatterns: list[URLPattern | URLResolver] = [
    # more/organisation/
    path("more/organisation/", organisation.organisation, name="organisation"),
    path("more/organisation/edit/", organisation.organisation_edit, name="organisation_edit"),
    # warehouse/warehouses/
    path("warehouse/warehouses/", warehouses.warehouses, name="warehouses"),
    path("warehouse/warehouses/add/", warehouses.warehouse_add, name="warehouse_add"),
    path("warehouse/warehouses/<uuid:warehouse_id>/edit/", warehouses.warehouse_edit, name="warehouse_edit"),
    path(
        "warehouse/warehouses/<uuid:warehouse_id>/activate/",
        warehouses.warehouse_activate,
        name="warehouse_activate",
    ),
    path(
        "warehouse/warehouses/<uuid:warehouse_id>/deactivate/",
        warehouses.warehouse_deactivate,
        name="warehouse_deactivate",
    ),
    # settings/members/
    path("settings/members/", members.members, name="members"),
    path("settings/members/invite/", members.invite, name="invite"),
    path("settings/members/<uuid:membership_id>/edit/", members.member_edit, name="member_edit"),
    path("settings/members/<uuid:membership_id>/remove/", members.member_remove, name="member_remove"),
    path(
        "settings/members/invitations/<uuid:invitation_id>/resend/",
        members.invitation_resend,
        name="invitation_resend",
    ),
    path(
        "settings/members/invitations/<uuid:invitation_id>/withdraw/",
        members.invitation_withdraw,
        name="invitation_withdraw",
    ),
]
