"""Tables of data that comes in."""
