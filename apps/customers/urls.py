"""Addresses of the customer pages, under `/t/<slug>/`."""

from django.urls import path

from apps.customers import views

app_name = "customers"

urlpatterns = [
    path("contacts/customers/", views.customer_list, name="list"),
    path("contacts/customers/add/", views.customer_add, name="add"),
    path("contacts/customers/<uuid:customer_id>/", views.customer_detail, name="detail"),
    path("contacts/customers/<uuid:customer_id>/edit/", views.customer_edit, name="edit"),
    path("contacts/customers/<uuid:customer_id>/activate/", views.customer_activate, name="activate"),
    path("contacts/customers/<uuid:customer_id>/deactivate/", views.customer_deactivate, name="deactivate"),
]
