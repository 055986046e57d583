"""JSON routes of data that comes in."""
