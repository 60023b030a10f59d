"""Cases: what is known against one subject, put together and ranked."""
