"""What others take away: dumps, their catalogue, and what changed, for mirrors and readers."""
