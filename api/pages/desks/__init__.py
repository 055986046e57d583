"""Pages of people who are signed in and at work."""
