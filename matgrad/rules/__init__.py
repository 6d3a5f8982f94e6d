"""The tables, as data: differentials, adjoints, Kronecker forms, laws, facts. No algorithms."""

from . import adjoints, differentials, facts, identities, kronecker

__all__ = ["adjoints", "differentials", "facts", "identities", "kronecker"]
