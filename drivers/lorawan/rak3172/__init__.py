"""RAK3172 with RUI3, a LoRaWAN modem."""
