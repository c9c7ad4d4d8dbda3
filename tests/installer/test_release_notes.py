import pytest

from desktop import __version__
from installer.windows.places import ROOT
from installer.windows.release_notes import NoNotesError, main, notes

CHANGES = "# Changes\n\n## 0.2.0 – 2027-01-05\n\n- New.\n\n## 0.1.0 – unreleased\n\n- First.\n"


def test_the_chapter_of_the_version_comes_first_then_the_page():
    text = notes(CHANGES, "Stallhand-{version}-setup.exe", "0.2.0")
    assert text == "- New.\n\nStallhand-0.2.0-setup.exe\n"
    assert notes(CHANGES, "", "0.1.0").startswith("- First.")


@pytest.mark.parametrize("version", ["0.2", "0.3.0", "2.0"])
def test_a_version_without_a_chapter_is_refused(version):
    with pytest.raises(NoNotesError, match=version):
        notes(CHANGES, "", version)


def test_the_present_version_has_its_notes(capsys):
    assert main([f"v{__version__}"]) == 0
    assert f"Stallhand-{__version__}-setup.exe" in capsys.readouterr().out
    assert main(["v99.0.0"]) == 1
    assert "99.0.0" in capsys.readouterr().err


def test_the_page_says_what_sellers_ask():
    page = (ROOT / "installer" / "RELEASE_PAGE.md").read_text("utf-8")
    for word in ("SHA256SUMS", "certutil", "SmartScreen", "USB", "portable", "no network connection"):
        assert word in page
