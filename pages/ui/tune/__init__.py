"""What the page Tune alone needs."""
