"""Denoising autoencoders: from a data set and `models.toml` to trained weights. Nothing here runs at import."""
