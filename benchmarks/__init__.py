"""Answers how fast the product is, against its own limits: every number is a ratio taken inside one run.

`python -m benchmarks run` makes seeded data, races each operation of the product against the baselines that live here
(a per-person loop, a bare scan, the same table without triggers, the same query without the wall), and compares the
results before it compares the times. `python -m benchmarks check` holds ratios and growth exponents against
`gates.toml`; milliseconds are printed and never gated. How to read it: `docs/benchmarks.md`.
"""
