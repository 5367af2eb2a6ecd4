"""The three duty lists; everything above may cite a duty item."""
