"""A simulated population of invented people, honest and fraudulent, sent through the pipeline.

See `world` for the figures that it is drawn from, `stories` for who does what, `score` for what
counts as right.
"""
