"""The order of steps, waiting and undoing. No I/O and no rules of their own: activities do the work."""
