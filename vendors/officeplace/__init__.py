"""OfficePlace: Microsoft 365 calendars behind a connector. No status, no phones, no webhooks are documented."""
