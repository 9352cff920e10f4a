"""Addresses of the customer pages, under `/t/<slug>/`."""

from django.urls import path

from apps.customers.views import customers, users

app_name = "customers"

_CUSTOMER = "contacts/customers/<uuid:customer_id>/"
_USER = f"{_CUSTOMER}users/<uuid:customer_user_id>/"
_INVITATION = f"{_CUSTOMER}users/invitations/<uuid:customer_invitation_id>/"

urlpatterns = [
    path("contacts/customers/", customers.customer_list, name="list"),
    path("contacts/customers/add/", customers.customer_add, name="add"),
    path(_CUSTOMER, customers.customer_detail, name="detail"),
    path(f"{_CUSTOMER}edit/", customers.customer_edit, name="edit"),
    path(f"{_CUSTOMER}activate/", customers.customer_activate, name="activate"),
    path(f"{_CUSTOMER}deactivate/", customers.customer_deactivate, name="deactivate"),
    path(f"{_CUSTOMER}users/invite/", users.invite, name="invite"),
    path(f"{_CUSTOMER}users/invite/search/", users.search_invite, name="search_invite"),
    path(f"{_USER}edit/", users.edit, name="user_edit"),
    path(f"{_USER}edit/search/", users.search_edit, name="user_search"),
    path(f"{_USER}remove/", users.remove, name="user_remove"),
    path(f"{_USER}restore/", users.restore, name="user_restore"),
    path(f"{_INVITATION}resend/", users.resend, name="invitation_resend"),
    path(f"{_INVITATION}withdraw/", users.withdraw, name="invitation_withdraw"),
]
