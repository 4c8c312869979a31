"""Parts that measure air and light."""
