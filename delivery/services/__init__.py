"""The services of delivery: switching it for a whole brand, taking acknowledgements, deciding what is contested."""
