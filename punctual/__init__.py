"""The command line and the starter: what a person types, and what brings everything up."""
