"""The runtime: Faust without data loss. The only package that imports Faust."""
