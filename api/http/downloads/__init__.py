"""Files that are sent: as lines of CSV, at a pace that holds nothing back, and few at once."""
