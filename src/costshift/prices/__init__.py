"""Unit costs: shipped prices with their sources, completed or overridden by the place's own."""
