"""What monitoring computes from the rooms below it."""
