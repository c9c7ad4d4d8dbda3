"""A plugin of pytest for the suite under Wine: what Python's own library and Qt ask of Windows and Wine 8 lacks."""

import os
import sys

if sys.platform == "win32":
    import _winapi

    # shutil.copy2 calls it if it is there; Wine ends the program instead. Without it, copy2 copies by itself.
    del _winapi.CopyFile2
    # Windows of tests are drawn without Windows, so without its fonts.
    os.environ["QT_QPA_FONTDIR"] = r"Z:\usr\share\fonts\truetype\dejavu"
