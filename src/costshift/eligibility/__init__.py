"""Decisions on eligibility, why fewer or more people are found eligible, and what follows for others."""
