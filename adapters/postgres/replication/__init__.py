"""What a streaming replica of the database may be asked."""
