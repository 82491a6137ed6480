"""The whole story at four vendors, played on real processes against the sandbox."""
