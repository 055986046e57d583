"""What people ask for that validates and reviews a round, or says what of its carbon may be lost."""
