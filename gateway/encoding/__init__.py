"""Pure encodings: readings to the bytes that a platform understands. No I/O, no clock."""
