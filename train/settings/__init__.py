"""What `models.toml` says."""
