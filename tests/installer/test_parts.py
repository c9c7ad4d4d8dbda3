"""What is told of the parts that are shipped: their licences, and the bill of materials."""

from importlib.metadata import PathDistribution

import pytest

from installer.windows import licences, sbom
from installer.windows.licences import LicenceMissingError
from installer.windows.places import LOCK, ROOT


def package(site, name="Some_Part", version="1.0", fields="License-Expression: MIT\n", files=()):
    info = site / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{fields}", "utf-8"
    )
    for file, text in files:
        (site / file).parent.mkdir(parents=True, exist_ok=True)
        (site / file).write_text(text, "utf-8")
    (info / "RECORD").write_text("".join(f"{file},,\n" for file, _ in files), "utf-8")
    return PathDistribution(info)


def test_the_texts_beside_the_metadata_and_at_the_top_of_a_package_are_taken(tmp_path):
    part = package(
        tmp_path,
        files=[
            ("Some_Part-1.0.dist-info/licenses/LICENSE", "ours"),
            ("part/ThirdPartyNotices.txt", "theirs"),
            ("part/deep/er/LICENSE", "of a source file"),
            ("part/licence.py", "code"),
        ],
    )
    text = licences.text_of(part)
    assert text.startswith("Some_Part 1.0\nLicence: MIT\n")
    assert "ours" in text and "theirs" in text
    assert "of a source file" not in text and "code" not in text


def test_a_licence_without_its_text_gets_the_known_one(tmp_path):
    apache = package(
        tmp_path / "a", fields="Classifier: License :: OSI Approved :: Apache Software License\n"
    )
    assert (
        "Apache License" in licences.text_of(apache)
        and licences.licence_of(apache) == "Apache Software License"
    )
    qt = package(tmp_path / "q", fields="License: LGPL-3.0-only OR GPL-3.0-only\n")
    assert "Qt" in licences.text_of(qt)


@pytest.mark.parametrize("fields", ["", "License-Expression: MIT\n"])
def test_a_part_without_licence_or_text_must_not_be_shipped(tmp_path, fields):
    with pytest.raises(LicenceMissingError, match="Some_Part"):
        licences.text_of(package(tmp_path, fields=fields))


def test_the_packages_of_a_lock_file_are_found_by_any_spelling(tmp_path):
    package(tmp_path)
    assert [part.version for part in licences.distributions(tmp_path, ["some-part"])] == ["1.0"]
    with pytest.raises(LicenceMissingError, match="numpy"):
        licences.distributions(tmp_path, ["numpy"])
    assert {"numpy", "pyside6-essentials", "sqlite-fts4"} <= set(licences.pinned(LOCK / "windows.txt"))


def test_the_project_brings_the_texts_that_qts_licence_asks_for():
    texts = {path.stem: path.read_text("utf-8") for path in (ROOT / "resources" / "licences").glob("*.txt")}
    assert {"Qt", "GNU LGPL 3", "GNU GPL 3"} <= set(texts)
    assert len(texts["GNU GPL 3"]) > 30_000


def test_the_bill_names_every_part_with_version_licence_and_the_models_sum(tmp_path):
    model = {"name": "small", "files": {"model.onnx": {"sha256": "ab" * 32}}}
    bill = sbom.bill("0.1.0", [package(tmp_path)], "3.13.2", "14.51", model)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    parts = {part["name"]: part for part in bill["components"]}
    assert set(parts) == {"Some_Part", "Python", "Microsoft Visual C++ runtime", "small"}
    assert parts["Some_Part"]["purl"] == "pkg:pypi/some-part@1.0"
    assert parts["small"]["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    assert all(part["version"] and part["licenses"] for part in parts.values())


@pytest.mark.parametrize(
    ("licence", "told"),
    [
        ("MIT", {"expression": "MIT"}),
        ("BSD-3-Clause AND 0BSD", {"expression": "BSD-3-Clause AND 0BSD"}),
        ("Apache 2.0", {"license": {"name": "Apache 2.0"}}),
        ("MIT License", {"license": {"name": "MIT License"}}),
    ],
)
def test_only_what_reads_as_spdx_is_called_an_expression(tmp_path, licence, told):
    field = f"License: {licence}\n"
    bill = sbom.bill(
        "1",
        [package(tmp_path, fields=field)],
        "3",
        "14",
        {"name": "m", "files": {"model.onnx": {"sha256": ""}}},
    )
    assert bill["components"][0]["licenses"] == [told]
