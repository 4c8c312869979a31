"""Microchip RN2483, a LoRaWAN modem."""
