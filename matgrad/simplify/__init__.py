"""Expression to its normal form: the shortest way a book would write it."""
