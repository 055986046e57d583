"""Tables of monitoring: devices and readings, boundaries, quantifications."""
