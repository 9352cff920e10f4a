"""What the portal shows of the API for one client; everything for machines is in `urls.py`."""

from django.urls import path

from apps.partner_api import gateway_views, views

app_name = "developer"

_CLIENT = "contacts/api-clients/<uuid:client_id>/"
_GATEWAY = "settings/gateway/"

urlpatterns = [
    path(f"{_CLIENT}first-call/", views.first_call, name="first_call"),
    path(f"{_CLIENT}postman-collection.json", views.postman_collection, name="postman"),
    path(_GATEWAY, gateway_views.rule_list, name="gateway"),
    path(f"{_GATEWAY}add/", gateway_views.rule_add, name="gateway_add"),
    path(f"{_GATEWAY}<uuid:rule_id>/edit/", gateway_views.rule_edit, name="gateway_edit"),
    path(f"{_GATEWAY}<uuid:rule_id>/delete/", gateway_views.rule_delete, name="gateway_delete"),
]
