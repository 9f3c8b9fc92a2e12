"""How messages travel and are kept: accounts, spool, outbox, ledger, history."""
