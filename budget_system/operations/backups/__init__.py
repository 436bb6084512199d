"""Copies of the database, taken while the system runs, and put into an empty one.

A copy holds what was committed before it began, and nothing by halves. It is written under another name, checked, and
named only then: what bears a backup's name is whole. `commands` are the only callers.
"""
