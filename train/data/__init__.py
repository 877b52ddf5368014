"""Images, and what corrupts them."""
