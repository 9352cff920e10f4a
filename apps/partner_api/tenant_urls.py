"""What the portal shows of the API for one client; everything for machines is in `urls.py`."""

from django.urls import path

from apps.partner_api import views

app_name = "developer"

_CLIENT = "contacts/api-clients/<uuid:client_id>/"

urlpatterns = [
    path(f"{_CLIENT}first-call/", views.first_call, name="first_call"),
    path(f"{_CLIENT}postman-collection.json", views.postman_collection, name="postman"),
]
