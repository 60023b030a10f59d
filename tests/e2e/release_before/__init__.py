"""What the release before leaves behind: a broker's and a worker's data, made by `make.py`."""
