"""The services that change alerts and subscriptions."""
