"""How to talk to mail servers: one module per protocol behind the contract of ``base``."""
