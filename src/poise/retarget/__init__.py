"""Motion carried over to somebody's own character, by the names and rest pose of its bones."""
