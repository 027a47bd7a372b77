"""Where the pictures of a page come from that has more than the photo at the left."""
