"""`python -m streams.cli` runs `idv`."""

from streams.cli.main import main

if __name__ == "__main__":
    main()
