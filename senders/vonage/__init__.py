"""Vonage's SMS API."""
