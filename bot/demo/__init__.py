"""The pretend world around the desk, on loopback only; imported by the demo command and by tests alone."""
