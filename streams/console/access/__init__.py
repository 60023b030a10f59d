"""Who may see and do what: log-in, roles, tokens against forged requests, headers."""
