"""Settings > Webhooks. What offers the customers is handed in, because the customers app stands above this one."""

from django.urls import URLPattern, path

from apps.webhooks.forms import OfferCustomers
from apps.webhooks.views import deliveries, endpoints


def patterns(offer_customers: OfferCustomers) -> tuple[list[URLPattern], str]:
    """The addresses under `/t/<slug>/` and their namespace, for `include`."""
    page = "settings/webhooks/"
    one = f"{page}<uuid:endpoint_id>/"
    search = endpoints.endpoint_search(offer_customers)
    urlpatterns = [
        path(page, endpoints.endpoint_list, name="list"),
        path(f"{page}add/", endpoints.endpoint_add(offer_customers), name="add"),
        path(f"{page}add/search/", search, name="search_add"),
        path(f"{page}deliveries/", deliveries.delivery_list, name="deliveries"),
        path(f"{page}deliveries/<int:delivery_id>/", deliveries.delivery_detail, name="delivery"),
        path(f"{page}deliveries/<int:delivery_id>/resend/", deliveries.resend, name="resend"),
        path(one, endpoints.endpoint_detail, name="detail"),
        path(f"{one}edit/", endpoints.endpoint_edit(offer_customers), name="edit"),
        path(f"{one}edit/search/", search, name="search_edit"),
        path(f"{one}rotate-key/", endpoints.rotate_key, name="rotate_key"),
        path(f"{one}verify/", endpoints.verify, name="verify"),
        path(f"{one}resend-failed/", deliveries.resend_failed, name="resend_failed"),
        path(f"{one}test/", endpoints.send_test, name="test"),
        path(f"{one}pause/", endpoints.pause, name="pause"),
        path(f"{one}resume/", endpoints.resume, name="resume"),
        path(f"{one}remove/", endpoints.remove, name="remove"),
    ]
    return urlpatterns, "webhooks"
