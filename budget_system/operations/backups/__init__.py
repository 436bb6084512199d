"""Copies of the database, taken while the system runs, and restored into an empty one.

A copy holds everything that was committed before it began. It is written under another name, checked, and renamed only
then: a file with a backup's name is complete. Only management commands call this.
"""
