"""Build the Windows program and pack it: dist/Stallhand-<version>-setup.exe, -portable.zip, SHA256SUMS, sbom.

    python -m installer.windows.build [all|freeze|pack] [--quick]

`freeze` works under Wine, or on Windows itself with the Python that runs this. `pack` needs only makensis.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import sysconfig
import time
import zipfile
from importlib.metadata import PathDistribution
from pathlib import Path

from desktop import __version__

from . import check_build, icon, licences, sbom, targets
from .places import BUILD, DIST, FROZEN, GENERATED, HERE, LOCK, PREFIX, PYTHON, ROOT, SITE, TOOLS
from .version_resource import version_resource
from .wine import Wine

_PROGRAMS = {"Stallhand": "Stallhand", "stallhand-cli": "Stallhand on the command line"}
_ON_WINDOWS = sys.platform == "win32"


class BuildError(Exception):
    """A step failed; the message says which and how."""


def freeze() -> None:
    """Make FROZEN, and look whether it is as it should be. Raises BuildError and WineError."""
    if _ON_WINDOWS:
        site = tools = Path(sysconfig.get_path("purelib"))
        python = Path(sys.base_prefix)
    else:
        from .prepare import prepare

        prepare()
        site, tools, python = SITE, TOOLS, PYTHON
    generate(site, tools, python)
    spec, out, work = HERE / "stallhand.spec", FROZEN.parent, BUILD / "work"
    options = ["-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    print("Freezing …", flush=True)
    if _ON_WINDOWS:
        subprocess.run(
            [sys.executable, *options, f"--distpath={out}", f"--workpath={work}", str(spec)], check=True
        )
    else:
        wine = _prefix()
        places = [f"--distpath={wine.seen(out)}", f"--workpath={wine.seen(work)}", wine.seen(spec)]
        wine.check(PYTHON / "python.exe", *options, *places, timeout=900)
        sys.path.append(str(TOOLS))  # the check reads what PyInstaller packed
    faults = check_build.faults(FROZEN)
    if faults:
        raise BuildError("The frozen program is not fit to be shipped:\n" + "\n".join(faults))
    sbom.write(_bill(site, tools, python), GENERATED / "sbom.cdx.json")


def _prefix() -> Wine:
    """The prefix to freeze in, made if it is not there."""
    from .prepare import make_prefix

    wine = Wine(PREFIX)
    return wine if wine.profile.exists() else make_prefix(PREFIX)


def generate(site: Path, tools: Path, python: Path) -> None:
    """What the spec reads besides the sources: icon, version resources, licences."""
    GENERATED.mkdir(parents=True, exist_ok=True)
    icon.write_icon(ROOT / "resources" / "icons" / "stallhand.svg", GENERATED / "stallhand.ico")
    for name, description in _PROGRAMS.items():
        told = version_resource(name, __version__, description)
        (GENERATED / f"{name}.version.txt").write_text(told, encoding="utf-8")
    licences.collect(GENERATED / "licences", site, tools, python)


def _bill(site: Path, tools: Path, python_home: Path) -> dict[str, object]:
    runtime = next(iter(tools.glob("msvc_runtime-*.dist-info")))
    manifest = json.loads((ROOT / "resources" / "model" / "manifest.json").read_text("utf-8"))
    python = _python_version(python_home)
    parts = licences.distributions(site, licences.pinned(LOCK / "windows.txt"))
    return sbom.bill(__version__, parts, python, PathDistribution(runtime).version, manifest)


def _python_version(home: Path) -> str:
    text = (home / "include" / "patchlevel.h").read_text(encoding="utf-8")
    found = re.search(r'#define PY_VERSION\s+"([^"]+)"', text)
    if found is None:
        raise BuildError(f"The Python in {home} does not tell its version.")
    return found[1]


def pack(*, quick: bool = False) -> list[Path]:
    """Pack FROZEN into DIST; gives the files made. Raises CalledProcessError if makensis fails."""
    DIST.mkdir(exist_ok=True)
    setup = DIST / f"Stallhand-{__version__}-setup.exe"
    portable = DIST / f"Stallhand-{__version__}-portable.zip"
    bill = DIST / f"Stallhand-{__version__}-sbom.cdx.json"
    print("Packing …", flush=True)
    compile_setup(FROZEN, GENERATED / "stallhand.ico", setup, quick=quick)
    zip_portable(FROZEN, portable, quick=quick)
    bill.write_bytes((GENERATED / "sbom.cdx.json").read_bytes())
    made = [setup, portable, bill]
    write_sums(made, DIST / "SHA256SUMS")
    return made


def compile_setup(
    frozen: Path, picture: Path, target: Path, *, quick: bool, version: str = __version__
) -> None:
    """Compile the installer of the program in `frozen`. A warning of makensis is an error."""
    defines = {"VERSION": version, "FROZEN": frozen, "ICON": picture, "OUT": target}
    options = [f"-D{name}={value}" for name, value in defines.items()] + ["-DQUICK"] * quick
    if signer := os.environ.get("STALLHAND_SIGN"):  # a program that signs the file it is given
        options.append(f"-DSIGN={signer}")
    command = ["makensis", "-V2", "-WX", "-INPUTCHARSET", "UTF8", *options, "stallhand.nsi"]
    subprocess.run(command, cwd=HERE / "setup", check=True)


def zip_portable(frozen: Path, target: Path, *, quick: bool) -> None:
    """The program to be run from where it is unpacked, a USB stick: portable.txt keeps the data beside it."""
    level = 1 if quick else 9
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as packed:
        for path in sorted(frozen.rglob("*")):
            if path.is_file():
                packed.write(path, f"Stallhand/{path.relative_to(frozen).as_posix()}")
        packed.writestr(
            "Stallhand/portable.txt",
            "While this file lies here, Stallhand keeps your shop in the folder “data” beside it.\r\n",
        )


def write_sums(files: list[Path], target: Path) -> None:
    """As sha256sum writes them."""
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    target.write_text("".join(lines), encoding="utf-8")


def _measure(setup: Path, seconds: float) -> None:
    sizes = [path.stat().st_size for path in FROZEN.rglob("*") if path.is_file()]
    targets.note(
        setup_mb=setup.stat().st_size / 1e6,
        installed_mb=sum(sizes) / 1e6,
        files=len(sizes),
        build_s=seconds,
    )
    print(targets.table(targets.noted()))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("step", nargs="?", default="all", choices=("all", "freeze", "pack"))
    parser.add_argument("--quick", action="store_true", help="pack with zlib")
    options = parser.parse_args(argv)
    began = time.monotonic()
    try:
        if options.step != "pack":
            freeze()
        if options.step != "freeze":
            made = pack(quick=options.quick)
            if options.step == "all" and not options.quick:  # what is held to the targets
                _measure(made[0], time.monotonic() - began)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
