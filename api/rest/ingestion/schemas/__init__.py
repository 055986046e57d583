"""What is sent and answered as JSON; a submission becomes a response here."""
