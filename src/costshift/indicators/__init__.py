"""Indicators beside the main measures: flow, and what the pack needs of dimensions."""
