"""Microsoft Graph mail, `/v1.0` and `/beta`."""
