"""From 2D to 3D: any lifter on any clip."""
