"""Having compliance reports made, and opening them to a regulator for a time."""
