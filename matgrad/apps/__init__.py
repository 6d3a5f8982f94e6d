"""Doors: the command line and what else lets people in."""
