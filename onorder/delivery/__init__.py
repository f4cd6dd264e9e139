"""The outbox leaves the house: e-mail, and the documents that travel with it."""
