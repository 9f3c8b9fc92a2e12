"""How a request reaches Exchange Web Services: HTTP, sign-in, SOAP, throttling, streaming."""
