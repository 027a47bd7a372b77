"""What whoever types a command says and sees, for all commands."""
