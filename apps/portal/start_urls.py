"""/: where people arrive."""

from django.urls import URLPattern, URLResolver, path

from apps.portal import views

urlpatterns: list[URLPattern | URLResolver] = [path("", views.start, name="start")]
