"""/t/<slug>/calls/: the request log."""

from django.urls import path

from apps.usage import views

app_name = "usage"

urlpatterns = [
    path("calls/", views.calls, name="calls"),
    path("calls/calls.csv", views.calls_csv, name="calls_csv"),
    path("calls/<int:call_id>/", views.call, name="call"),
    path("calls/clients/<uuid:client_id>/", views.client_panel, name="client_panel"),
]
