"""One file per command. They import what they need when they run, so that each starts quickly."""
