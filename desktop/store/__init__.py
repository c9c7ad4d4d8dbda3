"""The seller's records in one SQLite file, and the files that are read into it or written from it."""
