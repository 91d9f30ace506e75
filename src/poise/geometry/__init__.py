"""Rotations, kinematic chains and alignment, over NumPy arrays with free leading dimensions."""
