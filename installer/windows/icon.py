"""The program's .ico, drawn from its .svg.

ICO: a header of 6 bytes, 16 bytes for each picture, then the pictures, here as PNG (Windows Vista and later).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

SIDES = (16, 20, 24, 32, 40, 48, 64, 256)


def write_icon(svg: Path, target: Path) -> None:
    """Draw `svg` in every size that Windows shows, into `target`. Raises ValueError if it is no picture."""
    target.write_bytes(pack(SIDES, [_draw(svg, side) for side in SIDES]))


def pack(sides: Sequence[int], pictures: Sequence[bytes]) -> bytes:
    """An .ico of square PNG `pictures`, `sides` pixels wide."""
    at = 6 + 16 * len(pictures)
    header = struct.pack("<HHH", 0, 1, len(pictures))
    for side, picture in zip(sides, pictures, strict=True):
        header += struct.pack("<BBBBHHII", side % 256, side % 256, 0, 0, 1, 32, len(picture), at)
        at += len(picture)
    return header + b"".join(pictures)


def _draw(svg: Path, side: int) -> bytes:
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QImage, QImageWriter, QPainter
    from PySide6.QtSvg import QSvgRenderer

    renderer = QSvgRenderer(str(svg))
    if not renderer.isValid():
        raise ValueError(f"{svg} is no SVG picture")
    image = QImage(side, side, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())
