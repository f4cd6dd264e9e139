"""The back office: login, start page, read-only admin."""
