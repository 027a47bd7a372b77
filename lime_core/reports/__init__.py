"""Results in sentences and on disk: manifest, HTML, saving, replay, comparison."""
