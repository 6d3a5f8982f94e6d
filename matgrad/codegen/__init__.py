"""A small compiler: expression graph -> straight-line array program -> source for a target.

| module       | question                                                                  |
|--------------|---------------------------------------------------------------------------|
| ir.py        | what is an array operation?                                               |
| prepare.py   | which form of an expression is easiest to compute?                        |
| network.py   | how are products, traces and sums over an index one contraction?          |
| chain.py     | in which order is a contraction cheapest?                                 |
| lower.py     | which arrays does an expression become?                                   |
| factor.py    | which factorisation serves all uses of a matrix?                          |
| targets.py   | how does NumPy, JAX, PyTorch spell an array operation?                    |
| source.py    | how is the program written down?                                          |
| function.py  | what are its parameters, and how are their shapes checked?                |
| selfcheck.py | how does a generated file test itself?                                    |
| compile.py   | the public functions                                                      |
"""

from .compile import Output, compile_function, generate

__all__ = ["Output", "compile_function", "generate"]
