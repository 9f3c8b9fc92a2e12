"""What a message says: parsing, rules, bodies, and composing. Knows neither Django nor network."""
