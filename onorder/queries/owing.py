"""What a customer owes for an order now."""

from __future__ import annotations

from django.db.models import F, Sum

from onorder.models import Order, OrderLine


def owing(order_key: int) -> int:
    """What is to be paid for an order (by primary key) now, in minor units of its currency: all that is not cancelled
    of it, less what is held. Nothing for an order that there is not. Two statements."""
    lines = OrderLine.objects.filter(order=order_key)
    worth = lines.aggregate(n=Sum((F("ordered") - F("cancelled")) * F("unit_price_minor"), default=0))["n"]
    columns = ("shipping_minor", "discount_minor", "captured_minor", "refunded_minor")
    head = Order.objects.filter(pk=order_key).values_list(*columns).first()
    if head is None:
        return 0
    shipping, discount, captured, refunded = head
    owed: int = worth + shipping - discount - (captured - refunded)
    return max(owed, 0)
