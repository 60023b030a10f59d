"""What operators see: health, metrics, logs, reloads."""
