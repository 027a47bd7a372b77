"""Links: settings that come with an address, and the address of those that are set."""
