"""Rules of people: who they are, what they may do, what they are told."""
