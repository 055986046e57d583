"""What the programme asks for around the rounds of projects."""
