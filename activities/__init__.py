"""Use cases, by noun: each opens one transaction or makes one outside call, asks the domain, saves."""
