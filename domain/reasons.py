"""How long a reason may be, wherever one is given: of a retirement, a cancellation, a release, a freeze."""

REASON_LENGTH_MAX = 2000
"""
In characters. The longest of 2,000 real retirements that registries publish has 1,257.

With four bytes each it takes 8.3 KB of a transaction's 16 KB (CIP-20 chunks of 64 bytes, two more for
each), and twenty lines of it a fifth of the megabyte that a certificate may have.
"""
