"""How far to trust an explanation: certainty, stability."""
