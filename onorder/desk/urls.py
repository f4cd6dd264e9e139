"""Every page of the desk. Each module names its own."""

from __future__ import annotations

from onorder.desk import (
    account,
    buffers,
    catalogue,
    customers,
    offers,
    order_booking,
    order_new,
    order_units,
    orders,
    message_settings,
    offers,
    people,
    policy,
    queue,
    search,
    shop_settings,
    start,
    supplier_forms,
    suppliers,
    terms,
    upload,
    variant,
)

MODULES = (
    *(start, queue, buffers),
    *(orders, order_new, order_units, order_booking, customers),
    *(catalogue, variant, terms, offers, upload),
    *(suppliers, supplier_forms, policy),
    *(shop_settings, message_settings, people, account),
    search,
)

urlpatterns = [pattern for module in MODULES for pattern in module.urlpatterns]
