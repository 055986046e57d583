"""What validates and reviews a round, and what of its carbon may be lost, read."""
