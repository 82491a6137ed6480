"""One folder per booking system, and two registries: `webhooks` (no I/O) and `apis`."""
