"""One stream of identity-verification decisions out of many vendors."""
