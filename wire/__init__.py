"""What two parties say to each other: frozen models, discriminated by `type`, and refusals as values."""
