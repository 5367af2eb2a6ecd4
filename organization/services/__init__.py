"""What people and units do."""
