"""Payment providers are asked over HTTP, never within a transaction: pages for cards, refunds, and what they say."""
