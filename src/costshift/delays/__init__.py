"""Cohort, delays, delayed bed days and to whom they are attributed."""
