"""What a customer may say of a parcel that has left: that it has come, or that it has not."""

from __future__ import annotations

from onorder.queries.journey import JourneyParcel, Where
from onorder.store.links import Followed


def may_say_it_came(parcel: JourneyParcel) -> bool:
    """Whether it has left, and nobody knows for sure that it is there."""
    return parcel.where == Where.SHIPPED and (parcel.delivered_at is None or parcel.is_missing)


def may_miss(parcel: JourneyParcel, found: Followed) -> bool:
    """Whether it should be there, and nobody has said yet that it is not."""
    should = parcel.delivered_at or (parcel.arrives_by and parcel.arrives_by < found.today)
    return parcel.where == Where.SHIPPED and bool(should) and not parcel.is_missing
