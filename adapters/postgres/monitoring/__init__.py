"""Devices, readings, boundaries and quantifications, written and read."""
