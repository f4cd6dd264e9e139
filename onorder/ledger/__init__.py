"""The only code that writes for all: it takes whole sets and needs an open transaction."""
