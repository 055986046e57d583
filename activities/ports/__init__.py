"""
What activities need from outside, named by what they need it for.

Adapters supply these; only `worker.py` and `api/app.py` join the two. Parts are read-only
properties, because a plain attribute in a Protocol is invariant and mypy would refuse the real class.
"""
