"""Benchmarks: the product against the bare database, in one run. `docs/benchmark.md` says what is measured, and how."""
