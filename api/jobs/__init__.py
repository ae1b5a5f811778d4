"""Work in the background: the queue, and the worker that empties it."""
