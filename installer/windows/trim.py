"""What the frozen program leaves out: packages it never imports, and libraries it never loads.

Each was tried: without it the self-test and the window's trial pass. check_build.py sees that none comes back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

#: Modules that something imports, but nothing the seller uses.
EXCLUDED = (
    # tokenizers' way to the internet, and what trains: a seller's program has neither
    "huggingface_hub",
    "hf_xet",
    "httpx",
    "torch",
    "transformers",
    "onnx",
    "model_export",
    "onnxruntime.transformers",
    "onnxruntime.quantization",
    "onnxruntime.tools",
    "onnxruntime.backend",
    "onnxruntime.datasets",
    # Python's own: windows of another kind, tests, installing, secured connections
    "tkinter",
    "test",
    "doctest",
    "pdb",
    "pydoc",
    "pip",
    "setuptools",
    "pkg_resources",
    "wheel",
    "xmlrpc",
    "ssl",
    "_ssl",
    "_hashlib",  # hashlib then uses the interpreter's own SHA-256
    "pytest",
    "_pytest",
    "hypothesis",
    "pygments",
    "IPython",
    "matplotlib",
    "scipy",
)

#: Files of packages that are shipped, by where they would lie in the program.
_UNUSED = re.compile(
    r"""
    opengl32sw\.dll                                     # a software OpenGL, for Qt Quick
    | Qt6(Pdf|Qml|Quick|OpenGL|VirtualKeyboard)\w*\.dll
    | /translations/(?!qtbase_(es|fr|pt|id|sw|hi)(_\w+)?\.)    # texts of Qt's dialogs in other languages than ours
    | /plugins/(tls|networkinformation|generic|platforminputcontexts|qmltooling)/
    | /platforms/(qdirect2d|qminimal)\.dll
    | /imageformats/(?!qico|qjpeg|qgif|qsvg)\w+\.dll
    | onnxruntime/capi/onnxruntime\.dll                 # for other languages; Python's module holds its own
    | lib(ssl|crypto)-3\w*\.dll
    | ^tzdata/                                          # names of time zones, which the program never asks for
    | _multiarray_tests | _umath_tests
    | ^(PySide6|shiboken6)/(msvcp|vcruntime|concrt)140\w*\.dll  # one runtime, at the top
    | \.(pyi|lib|h|pxd|pyx)$
    | /tests?/
    """,
    re.VERBOSE | re.IGNORECASE,
)
_RUNTIME = re.compile(r"(msvcp|vcruntime)140\w*\.dll", re.IGNORECASE)
#: The part of Microsoft's C++ runtime that Python, Qt and onnxruntime load.
RUNTIME = ("msvcp140.dll", "msvcp140_1.dll", "msvcp140_2.dll", "vcruntime140.dll", "vcruntime140_1.dll")


def hidden(package: Path) -> list[str]:
    """Every module of the folder `package`: pages of the window are imported by name, which freezing can't see."""
    modules = (path.relative_to(package.parent).with_suffix("") for path in sorted(package.rglob("*.py")))
    return [".".join(module.parts).removesuffix(".__init__") for module in modules]


def is_kept(target: str) -> bool:
    """Whether a file goes into the program; `target` is where it would lie there."""
    return not _UNUSED.search(target.replace("\\", "/"))


def kept(entries: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Of PyInstaller's (target, source, kind), those that are kept. Copies of the runtime are dropped, too: the
    spec adds the one that is shipped."""
    return [entry for entry in entries if is_kept(entry[0]) and not _RUNTIME.fullmatch(entry[0])]
