"""What others would have taken: small projects that verify a caller and write its call down, each in its usual way.

They run in an environment of their own (`requirements/bench.txt`), never in the product's.
"""
