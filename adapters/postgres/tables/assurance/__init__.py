"""Tables of methodologies, verification statements and staff's checklist."""
