"""The gate of every change, and what decides campaigns: facts, locks, sweeps, resets, recounts."""
