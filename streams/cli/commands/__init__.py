"""The commands of `idv`, a module each; `streams.cli.main` puts them together."""
