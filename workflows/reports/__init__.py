"""Making compliance reports, when asked for and when due."""
