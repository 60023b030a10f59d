"""Reports and warnings → canonical checks."""
