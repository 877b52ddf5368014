"""Measurements of the product beside its peers; each folder writes the file that its README table is made from."""
