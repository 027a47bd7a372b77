"""Controls that make settings objects."""
