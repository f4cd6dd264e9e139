"""The customer's side: pages to buy from and to follow an order on, without an account and without script."""
