"""Kinds of notifications, what each person wants to hear of how, and the letters that carry them."""
