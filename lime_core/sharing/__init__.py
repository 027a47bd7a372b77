"""An explanation's settings as a link that others open."""
