"""What the server does around all pages: whose windows and how much of uploads it lets in, and when sessions end."""
