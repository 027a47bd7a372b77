"""The sidebar: photo, model and class, and the controls that make settings objects."""
