"""What the outside talks to: the receiver, the senders' callbacks, health, and read-only pages."""
