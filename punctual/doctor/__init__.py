"""Looks at everything a person can mend, and says what to do: `punctual doctor`."""
