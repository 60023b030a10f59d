"""Geography: where addresses and networks are, and how far they are apart."""
