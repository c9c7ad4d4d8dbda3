"""The seller's records in one SQLite file, and the files that are read into it or written from it."""

import sys

# sqlite-utils imports numpy where it finds it, though nothing here needs it; on a processor that numpy's wheels are not
# made for, that import ends the program. None makes it an ImportError, which sqlite-utils expects.
_numpy_is_there = "numpy" in sys.modules
if not _numpy_is_there:
    sys.modules["numpy"] = None  # type: ignore[assignment]
try:
    import sqlite_utils  # noqa: F401
finally:
    if not _numpy_is_there:
        del sys.modules["numpy"]
