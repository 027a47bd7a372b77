"""Photos in: one file, a label map, an archive, a folder, the gallery, crops; pixels, and nothing of a model."""
