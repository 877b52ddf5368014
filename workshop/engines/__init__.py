"""Chromium, Firefox and WebKit behind one small driver: `Engine` opens a `Tab`, and a tab does what a visitor does."""
