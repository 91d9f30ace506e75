"""Plain pictures of motion."""
