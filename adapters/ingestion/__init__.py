"""Files that come in: what they are, how they are read, and the formats that are declared."""
