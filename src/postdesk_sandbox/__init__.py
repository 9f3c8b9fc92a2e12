"""A pretend Microsoft 365 tenant: Entra ID, Graph mail, and pages to play with it."""
