"""The model, its training and what is measured of it."""
