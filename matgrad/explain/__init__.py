"""For people: an answer and its derivation as a page, in English or Chinese, in several formats."""
