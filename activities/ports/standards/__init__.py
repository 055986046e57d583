"""Standards, by what is recorded of them."""
