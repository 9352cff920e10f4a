"""Addresses of the order, product and consignment pages, under `/t/<slug>/`."""

from django.urls import path

from apps.orders.views import (
    assortment,
    catalogue,
    entry,
    imports,
    orders,
    promotions,
    queue,
    simulator,
    transport,
)

app_name = "orders"

urlpatterns = [
    # Warehouse > Orders
    path("warehouse/orders/", orders.order_list, name="list"),
    path("warehouse/orders/queue/", queue.queue, name="queue"),
    path("warehouse/orders.csv", orders.order_csv, name="list_csv"),
    path("warehouse/orders/add/", entry.order_add, name="add"),
    path("warehouse/orders/<uuid:order_id>/", orders.order_detail, name="detail"),
    path("warehouse/orders/<uuid:order_id>/allocate/", orders.allocate, name="allocate"),
    path("warehouse/orders/<uuid:order_id>/pack/", orders.pack, name="pack"),
    path("warehouse/orders/<uuid:order_id>/dispatch/", orders.dispatch, name="dispatch"),
    path("warehouse/orders/<uuid:order_id>/cancel/", orders.cancel, name="cancel"),
    path("warehouse/orders/<uuid:order_id>/simulate/", orders.simulate, name="simulate"),
    # Warehouse > Inbound Orders
    path("warehouse/inbound-orders/", orders.inbound_list, name="inbound_list"),
    path("warehouse/inbound-orders.csv", orders.inbound_csv, name="inbound_csv"),
    path("warehouse/inbound-orders/add/", entry.inbound_add, name="inbound_add"),
    path("warehouse/inbound-orders/<uuid:order_id>/", orders.inbound_detail, name="inbound"),
    path("warehouse/inbound-orders/<uuid:order_id>/receive/", orders.receive, name="receive"),
    path("warehouse/inbound-orders/<uuid:order_id>/verify/", orders.verify, name="verify"),
    path(
        "warehouse/inbound-orders/<uuid:order_id>/allocate/", orders.inbound_allocate, name="inbound_allocate"
    ),
    path("warehouse/inbound-orders/<uuid:order_id>/cancel/", orders.inbound_cancel, name="inbound_cancel"),
    path(
        "warehouse/inbound-orders/<uuid:order_id>/simulate/", orders.inbound_simulate, name="inbound_simulate"
    ),
    # Warehouse > Products
    path("warehouse/products/", catalogue.product_list, name="products"),
    path("warehouse/products.csv", catalogue.product_csv, name="products_csv"),
    path("warehouse/products/import/", imports.products_import, name="products_import"),
    path(
        "warehouse/products/import/confirm/", imports.products_import_confirm, name="products_import_confirm"
    ),
    path("warehouse/products/assortment/", assortment.assortment, name="assortment"),
    path("warehouse/products/assortment/save/", assortment.assortment_save, name="assortment_save"),
    path("warehouse/products/assortment/bulk/", assortment.assortment_bulk, name="assortment_bulk"),
    path("warehouse/products/add/", entry.product_add, name="product_add"),
    path("warehouse/products/<uuid:product_id>/", catalogue.product_detail, name="product"),
    path("warehouse/products/<uuid:product_id>/edit/", entry.product_edit, name="product_edit"),
    # Warehouse > Promotions
    path("warehouse/promotions/", promotions.promotion_list, name="promotions"),
    path("warehouse/promotions.csv", promotions.promotion_csv, name="promotions_csv"),
    path("warehouse/promotions/add/", promotions.promotion_add, name="promotion_add"),
    path("warehouse/promotions/import/", imports.promotions_import, name="promotions_import"),
    path(
        "warehouse/promotions/import/confirm/",
        imports.promotions_import_confirm,
        name="promotions_import_confirm",
    ),
    path("warehouse/promotions/<uuid:promotion_id>/", promotions.promotion_detail, name="promotion"),
    path("warehouse/promotions/<uuid:promotion_id>/edit/", promotions.promotion_edit, name="promotion_edit"),
    path("warehouse/promotions/<uuid:promotion_id>/end/", promotions.promotion_end, name="promotion_end"),
    # Transport > Consignments
    path("transport/consignments/", transport.consignment_list, name="consignments"),
    path("transport/consignments.csv", transport.consignment_csv, name="consignments_csv"),
    path("transport/consignments/<uuid:consignment_id>/", transport.consignment_detail, name="consignment"),
    path(
        "transport/consignments/<uuid:consignment_id>/move/",
        transport.consignment_move,
        name="consignment_move",
    ),
    path(
        "transport/consignments/<uuid:consignment_id>/cancel/",
        transport.consignment_cancel,
        name="consignment_cancel",
    ),
    # Contacts > Customers > a sandbox
    path("contacts/sandboxes/<uuid:customer_id>/simulator/", simulator.simulator, name="simulator"),
    path("contacts/sandboxes/<uuid:customer_id>/simulator/step/", simulator.step, name="simulator_step"),
    path("contacts/sandboxes/<uuid:customer_id>/simulator/on/", simulator.switch_on, name="simulator_on"),
    path("contacts/sandboxes/<uuid:customer_id>/simulator/off/", simulator.switch_off, name="simulator_off"),
]
