"""`idv fetch`: follows thin events, and publishes the vendor's whole result of each."""
