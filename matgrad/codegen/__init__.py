"""A small compiler: expression graph -> straight-line array program -> source for a target.

| module       | question                                                                  |
|--------------|---------------------------------------------------------------------------|
| ir.py        | what is an array operation?                                               |
| prepare.py   | which form of an expression is easiest to compute?                        |
| labels.py    | which axes of two arrays are the same?                                    |
| network.py   | how are products, traces and sums over an index one contraction?          |
| chain.py     | in which order is a contraction cheapest?                                 |
| kronecker.py | when is a contraction a Kronecker product?                                |
| puts.py      | which factors does a product, a trace, a diag add to a contraction?       |
| lower.py     | which arrays does an expression become?                                   |
| share.py     | which arrays are one array but for a scalar, a sign or a transposition?   |
| stable.py    | which exponentials can be kept from overflowing?                          |
| improve.py   | which rewrites of the arrays save arithmetic or memory traffic?           |
| factor.py    | which factorisation serves all uses of a matrix?                          |
| rows.py      | which part is computed row by row and added up?                           |
| memory.py    | which arrays may not fit into memory although the arguments do?           |
| targets.py   | how does NumPy, JAX, PyTorch, the array standard, Dask spell an operation? |
| helpers.py   | which functions of its own does a file bring along?                       |
| source.py    | how is the program written down?                                          |
| function.py  | what are its parameters, and how are their shapes checked?                |
| selfcheck.py | how does a generated file test itself?                                    |
| compile.py   | the public functions                                                      |
"""

from .compile import Output, arguments_of, compile_function, generate

__all__ = ["Output", "arguments_of", "compile_function", "generate"]
