import hashlib
from pathlib import Path

from model_export import sources


def test_every_source_names_licence_use_and_hashes() -> None:
    listed = sources.load()
    assert listed
    for source in listed:
        assert source.licence and source.commit and source.repository.startswith("https://")
        assert set(source.use) <= {"training", "tokenizer", "evaluation"} and source.use
        assert source.files
        assert all(len(digest) == 64 and int(digest, 16) for digest in source.files.values())


def test_database_licences_that_share_alike_are_never_trained_on() -> None:
    for source in sources.load():
        if "ODbL" in source.licence or "-SA-" in source.licence:
            assert source.use == ("evaluation",), source.folder


def test_missing_and_changed_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "same.txt").write_bytes(b"same")
    (tmp_path / "a" / "changed.txt").write_bytes(b"new")
    files = {
        "same.txt": hashlib.sha256(b"same").hexdigest(),
        "changed.txt": hashlib.sha256(b"old").hexdigest(),
        "gone.txt": hashlib.sha256(b"").hexdigest(),
    }
    source = sources.Source("a", "A", "https://example.org", "1", "*", "MIT", ("training",), files)
    problems = sources.check(tmp_path, [source])
    assert [problem.split(":")[0] for problem in problems] == ["a/changed.txt", "a/gone.txt"]
    assert "changed" in problems[0] and "missing" in problems[1]
