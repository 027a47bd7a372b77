"""The form in which visitors describe models of their own."""
