"""What a learner hands in of lessons: as a file that opens again, and as a page to read."""
