"""Arithmetic that knows no domain."""
