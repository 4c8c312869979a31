"""Bus ports, their real adapters and the simulated buses."""
