"""LoRaWAN over serial modems: what they share, one folder per family, and a simulated network."""
