"""Rows of projects, their evidence and their verification."""
