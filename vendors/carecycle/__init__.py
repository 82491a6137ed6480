"""CareCycle: voice and SMS campaigns. Appointments are listed by window only; its webhooks name customers."""
