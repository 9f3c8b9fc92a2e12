"""The Tech's side: ticket list, ticket, original mail."""
