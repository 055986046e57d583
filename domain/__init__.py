"""
The registry's rules, and nothing else: no clock, no network, no database, no framework.

Project        pending → verified | rejected
Verification   pending → in_review → approved | rejected
Credit entry   active → transferred | split | retired | cancelled; a block of units with a serial
Transaction    issuance, transfer, retirement; pending → completed | failed
Chain record   queued → submitted → confirmed → final, or parked for a person
Certificate    accepted → sealed; one for each retirement, from the moment it is accepted

Functions take values, the time among them, and return values or raise a `Refusal` (errors.py).
The words are explained in docs/glossary.md.
"""
