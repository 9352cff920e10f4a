"""/t/<tenant_slug>/: the portal's own pages."""

from django.urls import URLPattern, URLResolver, path

from apps.portal import views

app_name = "portal"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.dashboard, name="dashboard"),
    path("search/", views.search, name="search"),
    path("more/help/", views.help_page, name="help"),
    path("more/audit/", views.audit_page, name="audit"),
    path("more/audit/export.csv", views.audit_csv, name="audit_csv"),
]
