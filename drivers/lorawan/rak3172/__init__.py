"""RAKwireless RAK3172 (RUI3)."""
