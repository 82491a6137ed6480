"""One folder per booking system, and two registries: `webhooks` (no I/O) and `apis`.

A vendor is named here and nowhere else in the code: the registries find its files by their names, which are always the
same ones. Its `api.py` alone brings in the HTTP client, so the receiver, which imports `webhooks`, stays without it.
"""

VENDORS = ("carecycle", "caspen", "officeplace", "pexip")
