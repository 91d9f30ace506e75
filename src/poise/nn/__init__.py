"""The few blocks that three or more methods share: attention, priors, pairs over space and time."""
