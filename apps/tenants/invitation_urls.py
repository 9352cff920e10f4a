"""/invitation/: for people who are not in a tenant yet."""

from django.urls import URLPattern, URLResolver, path

from apps.tenants.views import invitations

app_name = "invitations"

urlpatterns: list[URLPattern | URLResolver] = [
    path("join/", invitations.join, name="join"),
    path("<uuid:invitation_id>/accept/", invitations.accept, name="accept"),
    path("<str:token>/", invitations.open_invitation, name="open"),
]
