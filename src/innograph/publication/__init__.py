"""What others take away: what changed, for mirrors and for readers, straight from the ledger."""
