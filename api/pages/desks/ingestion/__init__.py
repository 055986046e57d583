"""Pages of data that came in: what is wrong with it and who acts, and the formats that it is read by."""
