"""The compact form in which readings fit a LoRaWAN uplink."""
