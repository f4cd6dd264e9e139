"""What follows from facts: pure functions over frozen dataclasses. No Django, no clock, no I/O."""
