"""The pages and all files of the site."""
