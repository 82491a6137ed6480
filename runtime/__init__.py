"""Where the real things are chosen: settings, wiring, the doorbell, what is observed."""
