"""What the page Stability alone needs."""
