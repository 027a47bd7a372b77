"""Many pictures, processes and machines."""
