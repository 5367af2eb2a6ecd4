"""From opening a period to handing in: opening, carrying, filling, bundling, submitting, the village's facts."""
