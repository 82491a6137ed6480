"""Wire formats: strict for our own messages, tolerant of vendors."""
