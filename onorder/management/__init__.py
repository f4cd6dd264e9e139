"""The `onorder` command: parse, one call, progress."""
