"""Every address of Gatepass, by app. The tenant is in the URL of everything that belongs to one."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from apps.customers.choices import offer_customers
from apps.webhooks import urls as webhooks_urls

tenant_urls: list[URLPattern | URLResolver] = [
    path("", include("apps.portal.urls")),
    path("", include("apps.tenants.urls")),
    path("", include("apps.customers.urls")),
    path("", include("apps.orders.urls")),
    path("", include("apps.clients.urls")),
    path("", include("apps.sandboxes.urls")),
    path("", include(webhooks_urls.patterns(offer_customers))),
    path("", include("apps.billing.urls")),
    path("", include("apps.usage.urls")),
    path("", include("apps.partner_api.tenant_urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("apps.operations.urls")),
    path("", include("apps.accounts.urls")),
    path("", include("apps.partner_api.urls")),
    path("", include("apps.portal.start_urls")),
    path("invitation/", include("apps.tenants.invitation_urls")),
    path("t/<slug:tenant_slug>/", include(tenant_urls)),
    path("admin/", admin.site.urls),
]

if settings.DEBUG:
    urlpatterns.append(path("components/", include("apps.portal.components")))

handler400 = "apps.portal.errors.bad_request"
handler403 = "apps.portal.errors.permission_denied"
handler404 = "apps.portal.errors.page_not_found"
handler429 = "apps.portal.errors.too_many_requests"
handler500 = "apps.portal.errors.server_error"
