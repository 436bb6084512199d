"""The sandbox: a local server that behaves as an advertising platform does, for tests and for the demo."""
