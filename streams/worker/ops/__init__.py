"""Operations: health, metrics, reloads."""
