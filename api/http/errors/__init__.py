"""From a "no" to an answer: the body of an error, and the one table from refusals to statuses."""
