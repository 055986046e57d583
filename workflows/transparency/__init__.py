"""The transparency log's upkeep, by a schedule."""
