"""A real shop's orders, replayed through the product day by day."""
