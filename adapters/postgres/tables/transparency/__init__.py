"""Tables of the transparency log."""
