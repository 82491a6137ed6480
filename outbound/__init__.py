"""The one way out: a total deadline, an address guard, and outcomes turned into fates."""
