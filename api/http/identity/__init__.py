"""Who is asking: bearer tokens, sessions, and the cookie of the pages."""
