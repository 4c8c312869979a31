"""A simulated LoRaWAN 1.0.3 network: end device, air and network server, in time handed in."""
