"""Connects a booking system: asks, checks, writes, waits for the first webhook."""
