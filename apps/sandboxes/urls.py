from django.urls import path

from apps.sandboxes import views

app_name = "sandboxes"

urlpatterns = [
    path("contacts/customers/<uuid:customer_id>/duplicate/", views.duplicate, name="duplicate"),
    path("contacts/customers/<uuid:customer_id>/delete-orders/", views.delete_orders, name="delete_orders"),
    path("contacts/api-clients/<uuid:client_id>/go-live/", views.go_live, name="go_live"),
]
