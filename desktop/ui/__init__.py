"""The window: PySide6 widgets over the desk.

PySide 6.12 is built for interpreters in which None, True and False are immortal (PEP 683, Python 3.12): it hands them
out without counting. Under 3.11 some hundred signals or calls later the interpreter ends with "deallocating None".
"""

import ctypes
import sys

if sys.version_info < (3, 12):
    for constant in (None, True, False, NotImplemented, Ellipsis):
        # ob_refcnt is an object's first word in CPython; nothing counts down 2^40 times.
        ctypes.c_ssize_t.from_address(id(constant)).value += 1 << 40
