"""
The database's schema, one revision after another, and Temporal's search attributes.

Revisions run as the tables' owner, all that are due in one transaction, which gives up rather than
wait long for a lock (`migrations/env.py`). They go forward only: none has a way back (ADR 0031).
Each says in its docstring why it is there. Those that were released are not edited.

Numbers 0005, 0016, 0059 and 0067 were never given: no revision of that number was ever released or removed.
"""
