"""The services of delivery: switching it for a whole brand, acknowledgements, sending messages again by hand."""
