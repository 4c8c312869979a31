"""Whether a consumer has all that a node has sent, as any consumer can tell (docs/messages.md)."""
