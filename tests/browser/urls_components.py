"""The addresses of Gatepass together with the page of all components, which is served under DEBUG only."""

from django.urls import include, path

from config.urls import *  # noqa: F403
from config.urls import urlpatterns as gatepass

urlpatterns = [path("components/", include("apps.portal.components")), *gatepass]
