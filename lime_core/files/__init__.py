"""Files: written whole or not at all, containers of arrays, and what comes from anybody."""
