"""Shifts of cost between partners, and the positions that they add up to."""
