"""Links: values that sessions share, the state of each, and the alerts about them."""
