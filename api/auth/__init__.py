"""Who may do what: users, sessions, keys, permissions."""
