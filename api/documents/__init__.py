"""Papers as they are read: status, content, history, erasure."""
