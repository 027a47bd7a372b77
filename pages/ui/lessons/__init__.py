"""What the page Lessons alone needs."""
