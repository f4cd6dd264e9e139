"""Files of other systems come in: parsed to typed values, then one action."""
