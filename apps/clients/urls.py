"""API clients under Contacts; the other three kinds under Settings."""

from django.urls import URLPattern, URLResolver, path

from apps.clients.views import bulk, channel_wizard, channels, clients, credentials, inventory, tokens

app_name = "clients"

_CLIENT = "contacts/api-clients/<uuid:client_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    # Contacts > API Clients
    path("contacts/api-clients/", clients.client_list, name="list"),
    path("contacts/api-clients/add/", clients.add, name="add"),
    path("contacts/api-clients/add/search/", clients.search_add, name="search_add"),
    path("contacts/api-clients/preview/", clients.preview, name="preview"),
    path("contacts/api-clients/advice/", clients.advice, name="advice"),
    path("contacts/api-clients/deactivate/", bulk.deactivate, name="deactivate_many"),
    path("contacts/api-clients/identify/", inventory.identify_credential, name="identify"),
    path(
        "contacts/api-clients/of-customer/<uuid:customer_id>/",
        inventory.reach_of_customer,
        name="reach_of_customer",
    ),
    path(
        "contacts/api-clients/of-warehouse/<uuid:warehouse_id>/",
        inventory.reach_of_warehouse,
        name="reach_of_warehouse",
    ),
    path(_CLIENT, clients.detail, name="detail"),
    path(f"{_CLIENT}edit/", clients.edit, name="edit"),
    path(f"{_CLIENT}edit/search/", clients.search_edit, name="search_edit"),
    path(f"{_CLIENT}edit/addresses/", clients.fill_addresses, name="fill_addresses"),
    path(f"{_CLIENT}generate/", credentials.generate, name="generate"),
    *(path(f"{_CLIENT}{key}/", credentials.step_view(key), name=key) for key in credentials.STEPS),
    path(f"{_CLIENT}called/", credentials.first_call, name="first_call"),
    path(
        f"{_CLIENT}credentials/<uuid:credential_id>/disable/",
        inventory.disable_credential,
        name="disable_credential",
    ),
    # Settings > Channel Integration
    path("settings/channels/", channels.channel_list, name="channels"),
    path("settings/channels/generate-token/", channel_wizard.create, name="channel_add"),
    path("settings/channels/generate-token/save/", channel_wizard.save, name="channel_save"),
    path("settings/channels/generate-token/test/", channel_wizard.test, name="channel_test"),
    path("settings/channels/generate-token/<uuid:draft_id>/", channel_wizard.resume, name="channel_draft"),
    path(
        "settings/channels/generate-token/<uuid:draft_id>/discard/",
        channel_wizard.discard,
        name="channel_discard",
    ),
    path("settings/channels/<uuid:client_id>/confirm/", channel_wizard.confirm, name="channel_confirm"),
    path("settings/channels/<uuid:client_id>/edit/", channels.edit, name="channel_edit"),
    # Settings > Shop Integrations > API > Token Management
    path("settings/api/tokens/", tokens.tokens, name="tokens"),
    path("settings/api/tokens/generate/", tokens.create_bearer, name="token_add"),
    # Settings > API Integration
    path("settings/api-integration/", tokens.access_tokens, name="access_tokens"),
    path("settings/api-integration/create/", tokens.create_access, name="access_token_add"),
]
