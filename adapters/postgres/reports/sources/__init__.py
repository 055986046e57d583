"""The tables of each kind of report: columns in their fixed order, and the rows they come from."""
