"""The design that most people write, well configured: what Punctual is measured against."""
