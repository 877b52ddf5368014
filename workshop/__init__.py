"""What tests and benchmarks share: the checkout, projects and sites to work on, a server, a browser, and a visitor."""
