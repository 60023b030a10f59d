"""Links: values that sessions share, what each remembers, and the alerts about them."""
