"""What stallhand.spec hands to PyInstaller, seen by playing PyInstaller's part; and what is left out."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from installer.windows import trim
from installer.windows.places import HERE, ROOT


@pytest.fixture
def given():
    """The spec, run: what each of PyInstaller's steps was called with."""
    calls = {"EXE": []}

    def analysis(scripts, **options):
        calls["Analysis"] = {"scripts": scripts, **options}
        found = [
            ("PySide6\\Qt6Core.dll", "somewhere", "BINARY"),
            ("PySide6\\opengl32sw.dll", "somewhere", "BINARY"),
            ("MSVCP140.dll", "elsewhere", "BINARY"),
        ]
        return SimpleNamespace(pure=[], scripts=[], binaries=found, datas=[])

    def exe(*_parts, **options):
        calls["EXE"].append(options)

    def collect(*parts, **options):
        calls["COLLECT"] = {"parts": parts, **options}

    names = {
        "SPECPATH": str(HERE),
        "Analysis": analysis,
        "PYZ": lambda _pure: "pyz",
        "EXE": exe,
        "COLLECT": collect,
    }
    source = (HERE / "stallhand.spec").read_text("utf-8")
    exec(compile(source.replace("-> EXE", ""), "stallhand.spec", "exec"), names)
    return calls


def test_one_program_has_a_window_and_one_a_console(given):
    assert {options["name"]: options["console"] for options in given["EXE"]} == {
        "Stallhand": False,
        "stallhand-cli": True,
    }


def test_nothing_is_packed_by_upx_and_no_administrator_is_asked_for(given):
    assert all(options["upx"] is False and options["uac_admin"] is False for options in given["EXE"])
    assert given["COLLECT"]["upx"] is False
    assert all(options["icon"] and options["version"] for options in given["EXE"])


def test_all_resources_but_the_screenshots_are_shipped(given):
    shipped = {
        Path(source).name for source, target in given["Analysis"]["datas"] if target.startswith("resources")
    }
    there = {path.name for path in (ROOT / "resources").iterdir() if path.is_dir()}
    assert shipped == there - {"screenshots"}


def test_what_the_spec_starts_from_is_there(given):
    assert all(Path(script).is_file() for script in given["Analysis"]["scripts"])
    assert {"desktop", "desktop.ui.panels.orders", "desktop.selftest"} <= set(
        given["Analysis"]["hiddenimports"]
    )
    assert {"torch", "huggingface_hub", "tkinter"} <= set(given["Analysis"]["excludes"])


def test_one_set_of_the_runtime_is_added_and_every_other_dropped(given):
    _, _, binaries, _ = given["COLLECT"]["parts"]
    targets = [target for target, _, _ in binaries]
    assert targets == ["PySide6\\Qt6Core.dll", *trim.RUNTIME]
    assert not [source for _, source, _ in binaries if source == "elsewhere"]


@pytest.mark.parametrize(
    "target",
    [
        "PySide6/Qt6Quick.dll",
        "PySide6\\plugins\\tls\\qschannelbackend.dll",
        "PySide6/plugins/imageformats/qwebp.dll",
        "PySide6/translations/qtbase_de.qm",
        "PySide6/msvcp140.dll",
        "onnxruntime/capi/onnxruntime.dll",
        "libcrypto-3.dll",
        "numpy/tests/data/x.csv",
        "tzdata/zoneinfo/Africa/Nairobi",
    ],
)
def test_what_is_never_used_is_left_out(target):
    assert not trim.is_kept(target)


@pytest.mark.parametrize(
    "target",
    [
        "PySide6/Qt6Core.dll",
        "PySide6/plugins/platforms/qwindows.dll",
        "PySide6/plugins/imageformats/qsvg.dll",
        "PySide6/translations/qtbase_es.qm",
        "PySide6/translations/qtbase_pt_BR.qm",
        "numpy.libs/msvcp140-a4c2229bdc2a2a630acdc095b4d86008.dll",
        "onnxruntime/capi/onnxruntime_pybind11_state.pyd",
        "onnxruntime/capi/onnxruntime_providers_shared.dll",
        "resources/model/model.onnx",
        "resources/licences/Qt.txt",
    ],
)
def test_what_is_used_is_kept(target):
    assert trim.is_kept(target)
