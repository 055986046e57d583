"""Calculations of this release, declared as data."""
