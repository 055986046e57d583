"""Files that come in, in tables of their own."""
