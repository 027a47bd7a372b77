"""What tells torch modules apart: their layers and weights, and the code and values that somebody put beside them."""
