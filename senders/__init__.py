"""SMS providers, one folder each. `webhooks` is for the receiver (no I/O), `apis` for the workers (calls out)."""
