"""The kernel beside its peers, measured in one page of a real browser."""
