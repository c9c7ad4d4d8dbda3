"""A plugin of pytest for the suite under Wine: what Python's own library asks of Windows and Wine 8 lacks."""

import sys

if sys.platform == "win32":
    import _winapi

    # shutil.copy2 calls it if it is there; Wine ends the program instead. Without it, copy2 copies by itself.
    del _winapi.CopyFile2
