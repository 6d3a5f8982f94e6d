"""The language people type: text to syntax to expression, and expression to text."""
