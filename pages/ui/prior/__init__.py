"""What the page Prior alone needs."""
