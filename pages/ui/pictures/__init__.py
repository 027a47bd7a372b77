"""Where many pictures come from, chosen on a page."""
