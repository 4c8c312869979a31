"""What is on a bus: asks by the probes of all parts, disturbs nobody, invents nothing."""
