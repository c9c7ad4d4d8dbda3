import struct

import pytest

from installer.windows import check_build, trim


def binary(machine=0x8664, mark=b""):
    """The least that pefile takes for a program: headers, no sections."""
    dos = b"MZ" + mark.ljust(58, b"\0") + struct.pack("<I", 0x100)
    coff = struct.pack("<HHIIIHH", machine, 0, 0, 0, 0, 240, 0x2022)
    optional = struct.pack("<H", 0x20B) + bytes(106) + struct.pack("<I", 16) + bytes(128)
    return dos.ljust(0x100, b"\0") + b"PE\0\0" + coff + optional


@pytest.fixture
def program(tmp_path):
    """A folder in which nothing is wrong."""
    for name in check_build._needed():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(binary() if path.suffix in {".dll", ".exe"} else b"x")
    return tmp_path


def test_a_whole_program_has_no_faults(program):
    assert check_build.faults(program) == []
    assert check_build.main([str(program)]) == 0


@pytest.mark.parametrize(
    "name", ["Stallhand.exe", f"program/{trim.RUNTIME[0]}", "program/resources/model/model.onnx"]
)
def test_what_is_missing_is_named(program, name):
    (program / name).unlink()
    assert check_build.faults(program) == [f"missing: {name}"]


@pytest.mark.parametrize(
    "name",
    [
        "program/torch/lib.txt",
        "program/pip/__init__.py",
        "program/_tkinter.pyd",
        "program/numpy/tests/x.py",
        "program/huggingface_hub/a",
        "program/desktop/test_app.py",
    ],
)
def test_what_must_not_be_shipped_is_named(program, name):
    (program / name).parent.mkdir(parents=True, exist_ok=True)
    (program / name).write_bytes(binary())
    assert f"must not be shipped: {name}" in check_build.faults(program)


def test_names_that_only_look_like_it_are_let_through(program):
    for name in ("pipette.txt", "latest.txt", "sslash.txt"):
        (program / "program" / name).write_bytes(b"x")
    assert check_build.faults(program) == []


def test_a_dll_of_wine_and_one_of_another_machine_are_told(program):
    (program / "program" / "a.dll").write_bytes(binary(mark=b"Wine builtin DLL"))
    (program / "program" / "b.dll").write_bytes(binary(machine=0x14C))
    found = check_build.faults(program)
    assert "program/a.dll: is a DLL of Wine" in found
    assert "program/b.dll: is not for 64-bit processors" in found


def test_two_different_dlls_of_one_name_are_told_and_equal_ones_not(program):
    for folder, mark in (("x", b"1"), ("y", b"1"), ("z", b"2")):
        (program / "program" / folder).mkdir()
        (program / "program" / folder / "same.dll").write_bytes(binary(mark=b"1"))
        (program / "program" / folder / "other.dll").write_bytes(binary(mark=mark))
    (fault,) = check_build.faults(program)
    assert "other.dll" in fault and "same.dll" not in fault


def test_a_dll_must_be_there_or_be_part_of_windows():
    wanted = ["kernel32.dll", "qt6core.dll", "api-ms-win-crt-heap-l1-1-0.dll", "msvcp140.dll", "icuuc.dll"]
    assert check_build.unresolved(wanted, {"qt6core.dll"}) == ["msvcp140.dll"]
