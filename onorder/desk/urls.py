"""Every page of the desk. Each module names its own."""

from __future__ import annotations

from onorder.desk import (
    account,
    buffers,
    catalogue,
    collections,
    counting,
    customers,
    holding,
    message_settings,
    message_texts,
    message_ways,
    offers,
    order_booking,
    order_choosing,
    order_consent,
    order_new,
    order_units,
    orders,
    packing,
    parcels,
    payment_ways,
    people,
    policy,
    purchase_order_changes,
    purchase_order_payments,
    purchase_order_steps,
    purchase_orders,
    queue,
    queue_line,
    receiving,
    return_deciding,
    return_steps,
    returns,
    search,
    shop_settings,
    showing,
    start,
    storefront,
    supplier_forms,
    suppliers,
    terms,
    today,
    upload,
    variant,
)

MODULES = (
    *(start, today, queue, queue_line, buffers),
    *(receiving, counting, parcels, packing),  # In this order: `/receiving/blind` is no purchase order.
    *(orders, order_new, order_units, order_choosing, order_booking, order_consent, holding, customers),
    *(returns, return_steps, return_deciding),
    *(purchase_orders, purchase_order_steps, purchase_order_changes, purchase_order_payments),
    *(catalogue, collections, variant, showing, terms, offers, upload),
    *(suppliers, supplier_forms, policy),
    *(shop_settings, storefront, payment_ways, message_settings, message_ways, message_texts, people, account),
    search,
)

urlpatterns = [pattern for module in MODULES for pattern in module.urlpatterns]
