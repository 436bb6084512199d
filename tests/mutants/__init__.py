"""Real bugs, each put into a copy of the project."""

from scripts.libraries import explain_missing

explain_missing()
