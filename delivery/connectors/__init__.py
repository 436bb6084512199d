"""The connectors: one module for each platform, behind one protocol."""
