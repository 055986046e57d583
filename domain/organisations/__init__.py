"""Rules of organisations: whom people act for, and what verification bodies may verify."""
