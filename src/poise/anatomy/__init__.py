"""The human figure: its proportions, how its joints turn, and how far they go."""
