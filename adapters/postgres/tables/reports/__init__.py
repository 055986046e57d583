"""Tables of compliance reports."""
