"""The runtime: a Faust that loses nothing. The only place that imports Faust."""
