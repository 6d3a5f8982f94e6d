"""Truth: reference evaluation, random inputs that satisfy the declarations, and the table harness."""
