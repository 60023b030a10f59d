"""Why an event is as it is, and what another policy would change."""
