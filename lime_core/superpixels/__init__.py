"""Superpixels: what cuts a picture into parts that are shown or hidden together."""
