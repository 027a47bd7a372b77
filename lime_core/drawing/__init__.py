"""Weights as pictures: heat map, outlines, colors and overlays."""
