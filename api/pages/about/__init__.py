"""The registry about itself: who runs it, what is public when, its documentation, and what crawlers look for."""
