"""The installer's script, compiled with a stub in the program's place; its texts in every language."""

import re
import shutil
import zipfile

import pytest

from desktop import __version__
from installer.windows import build, icon
from installer.windows.places import HERE, ROOT

LANGUAGES = {"ENGLISH", "SPANISH", "FRENCH", "PORTUGUESE", "INDONESIAN", "SWAHILI", "HINDI"}


@pytest.fixture
def frozen(tmp_path):
    (tmp_path / "frozen" / "program").mkdir(parents=True)
    for name in ("Stallhand.exe", "stallhand-cli.exe", "program/résumé.txt"):
        (tmp_path / "frozen" / name).write_text("stub", "utf-8")
    return tmp_path / "frozen"


@pytest.mark.skipif(
    shutil.which("makensis") is None, reason="needs makensis (installer/windows/packages.sh static)"
)
def test_the_script_compiles_without_a_warning(frozen, tmp_path):
    picture, made = tmp_path / "icon.ico", tmp_path / "Stallhand-setup.exe"
    icon.write_icon(ROOT / "resources" / "icons" / "stallhand.svg", picture)
    build.compile_setup(frozen, picture, made, quick=True)
    data = made.read_bytes()
    assert data.startswith(b"MZ") and len(data) > 50_000
    at = int.from_bytes(data[0x3C:0x40], "little")
    assert data[at : at + 6] == b"PE\0\0\x64\x86"  # a 64-bit stub: Wine here has no 32-bit part
    assert b"asInvoker" in data


def test_every_text_is_there_in_every_language():
    text = (HERE / "setup" / "texts.nsh").read_text("utf-8")
    found = re.findall(r"^LangString (\w+) \$\{LANG_(\w+)\} \"(.+)\"$", text, re.MULTILINE)
    names = {name for name, _, _ in found}
    assert {(name, language) for name, language, _ in found} == {
        (n, lang) for n in names for lang in LANGUAGES
    }
    assert len({said for name, _, said in found if name == "DeleteData"}) == len(LANGUAGES)
    used = (HERE / "setup" / "stallhand.nsi").read_text("utf-8")
    assert all(f"$({name})" in used for name in names)


def test_removing_deletes_the_data_only_in_the_section_that_is_not_ticked():
    script = (HERE / "setup" / "stallhand.nsi").read_text("utf-8")
    sections = re.findall(r"^Section (.*?)\n(.*?)^SectionEnd", script, re.DOTALL | re.MULTILINE)
    deleting = [head for head, body in sections if "${DATA}" in body]
    assert len(deleting) == 1 and deleting[0].startswith("/o ")


def test_swahili_says_everything_that_nsis_asks_of_a_language():
    def keys(path):
        return re.findall(r"^# \^(\w+)", path.read_text("utf-8-sig"), re.MULTILINE)

    ours = keys(HERE / "setup" / "Swahili.nlf")
    assert len(ours) == len(set(ours)) > 80
    assert "1089" in (HERE / "setup" / "Swahili.nlf").read_text("utf-8-sig").splitlines()[:5]


def test_the_portable_zip_holds_the_program_and_says_it_is_portable(frozen, tmp_path):
    made = tmp_path / "portable.zip"
    build.zip_portable(frozen, made, quick=True)
    with zipfile.ZipFile(made) as packed:
        assert packed.testzip() is None
        assert set(packed.namelist()) == {
            "Stallhand/Stallhand.exe",
            "Stallhand/stallhand-cli.exe",
            "Stallhand/program/résumé.txt",
            "Stallhand/portable.txt",
        }


def test_sums_are_as_sha256sum_writes_them(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    build.write_sums([tmp_path / "a"], tmp_path / "SHA256SUMS")
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1
    assert (tmp_path / "SHA256SUMS").read_text() == f"{known}  a\n"


def test_the_icon_holds_every_size_in_png():
    pictures = [b"\x89PNG-one", b"\x89PNG-another"]
    packed = icon.pack([16, 256], pictures)
    assert packed[:6] == b"\0\0\1\0\2\0"
    assert packed[6] == 16 and packed[22] == 0  # 0 stands for 256
    assert packed.endswith(b"".join(pictures))


@pytest.mark.qt_log_ignore("Cannot read file")  # Qt's own word on it
def test_an_icon_of_no_picture_is_refused(qapp, tmp_path):
    (tmp_path / "no.svg").write_text("not a picture")
    with pytest.raises(ValueError, match=r"no\.svg"):
        icon.write_icon(tmp_path / "no.svg", tmp_path / "x.ico")


def test_the_version_resource_tells_the_version():
    text = build.version_resource("Stallhand", "1.2.3", "Stallhand")
    assert "filevers=(1, 2, 3, 0)" in text and "'1.2.3'" in text and "Stallhand.exe" in text
    with pytest.raises(ValueError, match="1\\.2"):
        build.version_resource("Stallhand", "1.2", "Stallhand")
    assert __version__.count(".") == 2
