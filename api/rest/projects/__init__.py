"""JSON routes of projects, their evidence and their verification."""
