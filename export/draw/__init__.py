"""Strokes and pixels, as the page draws them."""
