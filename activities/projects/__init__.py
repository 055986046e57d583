"""Use cases of projects, their evidence and their verification."""
