"""A simulated population of invented people, honest and fraudulent, sent through the pipeline.

`figures` has the figures, `world` the environment, `stories` the behaviour of people, and `score`
the definition of correct alerts.
"""
