"""Asking: hiding, masks, and the model's answers."""
