"""The terms that a customer agreed to, in words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from onorder.desk.variant import RETURNS
from onorder.rules.accepting import ShownTerms
from onorder.rules.second_thoughts import Cancelling

_CANCELLING: Mapping[Cancelling, str] = {
    Cancelling.FREE: gettext_noop("cancelling free until it ships"),
    Cancelling.UNTIL_BOUGHT: gettext_noop("cancelling free until it is bought"),
    Cancelling.FEE_AFTER: gettext_noop("cancelling for a fee of %(fee)s %% once it is bought"),
    Cancelling.EXCHANGE_ONLY: gettext_noop("only exchanged once it is bought"),
    Cancelling.FINAL_SALE: gettext_noop("final sale"),
}


def terms_shown(terms: ShownTerms) -> str:
    """The terms beside a line when it was bought."""
    returns = RETURNS.get(terms.returns)
    parts = (
        _("deposit %(share)s %%") % {"share": f"{terms.deposit_basis_points / 100:g}"},
        _(_CANCELLING[terms.cancelling]) % {"fee": f"{terms.fee_basis_points / 100:g}"},
        _("returns: %(returns)s") % {"returns": _(returns) if returns else terms.returns},
    )
    return ", ".join(parts)
