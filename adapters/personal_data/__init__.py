"""Personal data in the database, sealed: keys, seals, and the keyed hash by which an e-mail is found (ADR 0072)."""
