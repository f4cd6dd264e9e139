"""What people do: one function is one durable transaction is one sentence of the domain."""
