"""The commands of `idv`, a module each; `streams.cli` puts them together."""
