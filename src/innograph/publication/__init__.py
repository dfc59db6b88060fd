"""What others take away: dumps, the catalogue that lists them, and what both say of the graph."""
