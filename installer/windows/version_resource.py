"""The version resource of the programs: what Windows shows under Properties, Details."""

from __future__ import annotations

_FORM = """VSVersionInfo(
  ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, flags=0x0, OS=0x40004, fileType=0x1),
  kids=[
    StringFileInfo([StringTable('040904B0', [{strings}])]),
    VarFileInfo([VarStruct('Translation', [1033, 1200])]),
  ],
)
"""


def version_resource(name: str, version: str, description: str) -> str:
    """PyInstaller's text form of it. `version` is "1.2.3". Raises ValueError if it is not."""
    parts = [int(part) for part in version.split(".")]
    if len(parts) != 3:
        raise ValueError(f"{version!r} is not of the form 1.2.3")
    told = {
        "ProductName": "Stallhand",
        "ProductVersion": version,
        "FileDescription": description,
        "FileVersion": version,
        "InternalName": name,
        "OriginalFilename": f"{name}.exe",
        "LegalCopyright": "Stallhand's authors, Apache-2.0",
    }
    strings = ", ".join(f"StringStruct({key!r}, {value!r})" for key, value in told.items())
    return _FORM.format(numbers=(*parts, 0), strings=strings)
