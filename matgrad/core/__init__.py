"""The language of matrix expressions: sizes, operations, nodes, facts. Knows nothing of calculus."""
