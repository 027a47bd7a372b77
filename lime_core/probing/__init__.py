"""Asking: hiding, masks, the model's answers, and the store that many share."""
