"""Loads: each is a process of its own that calls something over and over, and says what it saw."""
