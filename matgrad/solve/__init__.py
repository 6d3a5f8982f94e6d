"""Gradient = 0 in closed form, the second-order verdict, and Newton's step."""
