"""What other methods say of the same picture, model and class, and maps side by side."""
