"""OnOrder: the backorder system for retailers who sell before they stock."""
