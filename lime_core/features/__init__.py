"""What superpixels look like: to the first layers of a network, or in color and texture."""
