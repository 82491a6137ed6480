"""The four vendors' HTTP APIs and an SMS network, emulated from their public documents alone.

Nothing here imports the project: a shared mapping would share its mistakes, and a test against it would prove nothing.
What a document leaves open is decided once, in the docstring of the file concerned, and called an assumption there.
"""
