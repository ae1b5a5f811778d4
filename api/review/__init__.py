"""Papers before people: the queue, and what is decided on them."""
