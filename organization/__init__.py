"""Who: units, people, postings, the work calendar."""
