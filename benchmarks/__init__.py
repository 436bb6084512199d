"""Measurements that anybody can repeat; each file says how."""
