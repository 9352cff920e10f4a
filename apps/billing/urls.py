"""Reports: what the API was used for and what it costs."""

from django.urls import path, register_converter

from apps.billing import views
from apps.billing.converters import DateConverter

register_converter(DateConverter, "date")

app_name = "billing"

urlpatterns = [
    path("usage/", views.usage_report, name="usage_report"),
    path("usage/export/", views.usage_export, name="usage_export"),
    path("usage/cap/", views.cap, name="cap"),
    path("usage/meter/", views.meter_panel, name="meter_panel"),
    path("statements/", views.statement_list, name="statements"),
    path("statements/<date:monday>/", views.statement_page, name="statement"),
    path("statements/<date:monday>/export/", views.statement_export, name="statement_export"),
]
