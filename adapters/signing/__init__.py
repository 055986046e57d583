"""The signature on certificates: made in one file, checked in another."""
