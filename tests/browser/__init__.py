"""The admin as people use it: Chromium, driven by Playwright, at a running system of its own."""
