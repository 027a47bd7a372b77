"""One fit sample by sample, for those who want to see how it comes about."""
