"""What every layer stands on: clock, environment, vault, identifiers, retry, errors, logs."""
