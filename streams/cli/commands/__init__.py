"""The commands of `idv`, one module each; `streams.cli.main` lists them."""
