"""The way to the provider's sign-in page and back."""
