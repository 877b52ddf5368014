"""Weights files and golden vectors: read, checked and written."""
