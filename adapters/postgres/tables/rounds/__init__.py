"""Tables of what happens within a round."""
