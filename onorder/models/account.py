"""Customers who look at all of their orders: browsers that they let in by a link in a mail."""

from __future__ import annotations

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q

from onorder.models.ledger import Event
from onorder.models.parties import Customer


class CustomerSession(models.Model):
    """A browser that a customer let in. It holds as long as their e-mail address is the one that they let it in by.

    `event` asked for the link: who opens it a second time finds that it has been. Of the secret that the browser
    carries, and of the address, only a digest is kept.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="sessions")
    event = models.OneToOneField(Event, models.PROTECT, related_name="+")
    secret = models.CharField(max_length=64, unique=True)
    email = models.CharField(max_length=64)
    began_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # They left.

    class Meta:
        constraints = [CheckConstraint(name="customer_session_ends_later", condition=Q(ends_at__gt=F("began_at")))]
        indexes = [
            # Everywhere that one address is let in: onorder.actions.account.leave_everywhere.
            Index(name="customer_session_email", fields=["email"]),
        ]
