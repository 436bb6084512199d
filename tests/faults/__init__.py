"""What happens where a process dies, a disk is full, or database or broker are away."""
