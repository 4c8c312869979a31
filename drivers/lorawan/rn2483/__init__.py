"""Microchip RN2483."""
