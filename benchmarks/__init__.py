"""Measurements that anybody can repeat; each file says how."""

from scripts.libraries import explain_missing

explain_missing()
