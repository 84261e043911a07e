"""Loads in, the current view out: what was sent, when, and what counts now."""
