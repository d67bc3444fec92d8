"""Guards for web frameworks; each takes its own extra."""
