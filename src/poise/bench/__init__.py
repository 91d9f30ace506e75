"""What methods score, by which protocol, and how a table of it looks."""
