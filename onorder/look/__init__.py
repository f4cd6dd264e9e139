"""What every page of ours looks like, whoever reads it: tokens, type, and the smallest pieces."""
