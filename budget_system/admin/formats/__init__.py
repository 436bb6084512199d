"""How the admin writes what Django formats itself; found by `FORMAT_MODULE_PATH`."""
