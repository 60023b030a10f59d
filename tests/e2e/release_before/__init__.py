"""Data of a broker and a worker of the previous release, made by `make.py`."""
