"""The pages. No tables here."""
