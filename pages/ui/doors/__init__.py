"""What the server lets in before any page is drawn: whose windows, and how much of uploads."""
