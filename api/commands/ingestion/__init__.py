"""What a person may ask of data that comes in."""
