"""The console's index of the topics: SQLite on disk, thrown away and filled anew at each start."""
