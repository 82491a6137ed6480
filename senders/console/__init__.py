"""Sends nothing: one line on standard output for each text."""
