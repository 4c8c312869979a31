"""The simulated world around the models."""
