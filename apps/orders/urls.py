"""Addresses of the order, product and consignment pages, under `/t/<slug>/`."""

from django.urls import path

from apps.orders.views import catalogue, entry, orders, queue

app_name = "orders"

urlpatterns = [
    # Warehouse > Orders
    path("warehouse/orders/", orders.order_list, name="list"),
    path("warehouse/orders/queue/", queue.queue, name="queue"),
    path("warehouse/orders/add/", entry.order_add, name="add"),
    path("warehouse/orders/<uuid:order_id>/", orders.order_detail, name="detail"),
    path("warehouse/orders/<uuid:order_id>/allocate/", orders.allocate, name="allocate"),
    path("warehouse/orders/<uuid:order_id>/pack/", orders.pack, name="pack"),
    path("warehouse/orders/<uuid:order_id>/dispatch/", orders.dispatch, name="dispatch"),
    path("warehouse/orders/<uuid:order_id>/cancel/", orders.cancel, name="cancel"),
    # Warehouse > Inbound Orders
    path("warehouse/inbound-orders/", orders.inbound_list, name="inbound_list"),
    path("warehouse/inbound-orders/add/", entry.inbound_add, name="inbound_add"),
    path("warehouse/inbound-orders/<uuid:order_id>/", orders.inbound_detail, name="inbound"),
    path("warehouse/inbound-orders/<uuid:order_id>/receive/", orders.receive, name="receive"),
    path("warehouse/inbound-orders/<uuid:order_id>/verify/", orders.verify, name="verify"),
    path(
        "warehouse/inbound-orders/<uuid:order_id>/allocate/", orders.inbound_allocate, name="inbound_allocate"
    ),
    path("warehouse/inbound-orders/<uuid:order_id>/cancel/", orders.inbound_cancel, name="inbound_cancel"),
    # Warehouse > Products
    path("warehouse/products/", catalogue.product_list, name="products"),
    path("warehouse/products/add/", entry.product_add, name="product_add"),
    path("warehouse/products/<uuid:product_id>/", catalogue.product_detail, name="product"),
    path("warehouse/products/<uuid:product_id>/edit/", entry.product_edit, name="product_edit"),
    # Transport > Consignments
    path("transport/consignments/", catalogue.consignment_list, name="consignments"),
    path("transport/consignments/<uuid:consignment_id>/", catalogue.consignment_detail, name="consignment"),
]
