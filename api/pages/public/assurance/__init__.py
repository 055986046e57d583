"""What a tonne rests on, for everybody: methodologies and verification statements."""
