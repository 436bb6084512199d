"""What Prometheus reads: request times, ticks, queue, campaigns, spends booked."""
