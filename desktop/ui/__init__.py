"""The window: PySide6 widgets over the desk.

PySide 6.12 gives away a reference to True with every `Signal.emit()`. Since Python 3.12 True can't run out of
references (PEP 683); before, some hundred signals later the interpreter ends with "deallocating True or False".
"""

import ctypes
import sys

if sys.version_info < (3, 12):
    # ob_refcnt is an object's first word in CPython. No program lives to emit a signal 2^40 times.
    ctypes.c_ssize_t.from_address(id(True)).value += 1 << 40
