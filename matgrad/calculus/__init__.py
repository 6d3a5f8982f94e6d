"""The passes: differentiate, transpose, vectorise. Algorithms; the formulas are in `rules`."""
