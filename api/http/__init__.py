"""The HTTP kit of routes and pages: errors, lists, limits, caches. It knows no noun and no screen."""
