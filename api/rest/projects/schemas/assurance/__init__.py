"""What is sent and answered as JSON; a view becomes a response here."""
