"""What happens to the file: damage, power cuts, full disks, other programs, newer versions."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from desktop.shop.records import Product
from desktop.store import migrations
from desktop.store.errors import (
    StoreBusy,
    StoreClosed,
    StoreForeign,
    StoreFull,
    StoreNewer,
    StoreReadOnly,
    known_error,
)
from desktop.store.file import StoreFile
from desktop.store.store import Store


def filled(path: Path, count: int = 50) -> None:
    with Store(path) as store:
        store.products.save_many(Product(f"product {i}", notes="x" * 500) for i in range(count))


def test_the_file_is_marked_and_set_up_to_outlive_a_power_cut(tmp_path: Path) -> None:
    file = StoreFile(tmp_path / "a.db")
    with file.write() as db:
        found = {
            name: db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("application_id", "user_version", "journal_mode", "synchronous", "foreign_keys")
        }
    file.close()
    assert found == {
        "application_id": migrations.APPLICATION_ID,
        "user_version": migrations.latest_version(),
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
    }


@pytest.mark.parametrize("name", ["plain", "Ünïcode données 店 🏮", "with space % # ? &"])
def test_a_folder_of_any_name_is_made_and_used(tmp_path: Path, name: str) -> None:
    for _ in range(2):
        with Store.in_folder(tmp_path / name / "deeper", "stallhand.db") as store:
            store.products.save(Product("x"))
    with Store.in_folder(tmp_path / name / "deeper", "stallhand.db") as store:
        assert store.products.count() == 2
        assert store.notices == ()


# -- damage ----------------------------------------------------------------------------------------------------------


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no database " * 500)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def zeroed_header(path: Path) -> None:
    path.write_bytes(b"\0" * 100 + path.read_bytes()[100:])


def broken_pages(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for page in range(2, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(bytes(content))


DAMAGES = (garbage, truncated, zeroed_header, broken_pages)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_set_aside_and_the_shop_opens(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    path = tmp_path / "stallhand.db"
    filled(path)
    damage(path)
    broken = path.read_bytes()
    (tmp_path / "stallhand.db-wal").write_bytes(b"old log")
    with Store(path) as store:
        assert len(store.notices) == 1
        assert "was damaged" in store.notices[0]
        assert store.products.all() == []
        store.products.save(Product("new"))
    aside = next(tmp_path.glob("stallhand-damaged-*.db"))
    assert aside.name in store.notices[0]
    assert aside.read_bytes() == broken
    assert Path(f"{aside}-wal").read_bytes() == b"old log"
    with Store(path) as store:
        assert store.notices == ()
        assert store.products.count() == 1


@pytest.mark.parametrize("damage", [*DAMAGES, Path.unlink, lambda path: path.write_bytes(b"")])
def test_the_newest_good_backup_takes_the_place_of_a_damaged_file(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    path = tmp_path / "stallhand.db"
    filled(path, 3)
    with Store(path) as store:
        good = store.backup()
        os.utime(good, (1, 1))
        bad = store.backup()
    bad.write_bytes(b"bad backup")
    damage(path)
    with Store(path) as store:
        assert good.name in store.notices[0]
        assert store.products.count() == 3


def test_an_empty_file_is_a_new_shop(tmp_path: Path) -> None:
    path = tmp_path / "stallhand.db"
    path.touch()
    with Store(path) as store:
        assert store.notices == ()
        assert store.products.all() == []


# -- refused ---------------------------------------------------------------------------------------------------------


def test_a_file_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "stallhand.db"
    filled(path)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {migrations.latest_version() + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreNewer, match="newer version"):
        Store(path)
    assert path.read_bytes() == before


def test_the_file_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "stallhand.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreForeign, match="another program"):
        Store(path)
    assert path.read_bytes() == before


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "stallhand.db").mkdir()
    with pytest.raises(StoreReadOnly, match="is a folder"):
        Store(tmp_path / "stallhand.db")


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    with pytest.raises(StoreReadOnly, match="data"):
        Store.in_folder(tmp_path / "data", "stallhand.db")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a child process with another user")
@pytest.mark.parametrize("existing", [True, False])
def test_a_folder_that_cant_be_written_to(existing: bool) -> None:
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to other users
        folder = Path(name)
        path = folder / "stallhand.db"
        if existing:
            filled(path)
            path.chmod(0o444)
        folder.chmod(0o555)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                if os.getuid() == 0:  # root may write anywhere
                    os.setuid(65534)
                try:
                    Store.in_folder(folder, "stallhand.db")
                except StoreReadOnly as error:
                    code = 0 if str(folder) in str(error) else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        folder.chmod(0o755)


def test_another_program_that_holds_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.store.file.BUSY_TIMEOUT_MS", 50)
    path = tmp_path / "stallhand.db"
    with Store(path) as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="Another program is using"):
            store.products.save(Product("x"))
        assert store.products.all() == []
        other.execute("ROLLBACK")
        store.products.save(Product("x"))
        other.close()


def test_a_full_disk_keeps_what_was_saved(tmp_path: Path) -> None:
    with Store(tmp_path / "stallhand.db") as store:
        store.products.save(Product("kept"))
        with store._file.write() as db:
            pages = db.execute("PRAGMA page_count").fetchone()[0]
            db.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(StoreFull, match="no room left"):
            store.products.save_many(Product(f"p{i}", notes="x" * 5000) for i in range(50))
        assert [p.name for p in store.products.all()] == ["kept"]
        with store._file.write() as db:
            db.execute("PRAGMA max_page_count = 100000")
        store.products.save(Product("later"))
        assert store.products.count() == 2


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_FULL, "StoreFull"),
        (sqlite3.SQLITE_READONLY_DBMOVED, "StoreReadOnly"),
        (sqlite3.SQLITE_CANTOPEN_ISDIR, "StoreReadOnly"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "StoreBusy"),
        (sqlite3.SQLITE_CORRUPT_VTAB, "StoreCorrupt"),
        (sqlite3.SQLITE_IOERR_READ, "StoreUnreachable"),
    ],
)
def test_each_trouble_of_sqlite_has_a_sentence_that_names_the_file(code: int, kind: str) -> None:
    trouble = sqlite3.OperationalError("x")
    trouble.sqlite_errorcode = code
    known = known_error(trouble, Path("folder/stallhand.db"))
    assert type(known).__name__ == kind
    assert "stallhand.db" in str(known)


def test_a_fault_of_this_program_is_not_dressed_up(store: Store) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"), store._file.read() as db:
        db.execute("SELECT * FROM nonsense")


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path / "stallhand.db")
    store.close()
    store.close()
    with pytest.raises(StoreClosed):
        store.products.all()
    with pytest.raises(StoreClosed):
        store.products.save(Product("x"))


# -- migrations and backups ------------------------------------------------------------------------------------------


def test_a_backup_is_made_before_each_migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "stallhand.db"
    filled(path, 4)
    assert not (tmp_path / "backups").exists()
    later = _with_one_more_step(lambda db: db.execute("ALTER TABLE products ADD COLUMN weight TEXT"))
    monkeypatch.setattr(migrations, "steps", later)
    with Store(path) as store:
        assert store.products.count() == 4
    (backup,) = (tmp_path / "backups").iterdir()
    assert "before-format-2" in backup.name
    copy = sqlite3.connect(backup)
    assert copy.execute("SELECT count(*) FROM products").fetchone() == (4,)
    assert copy.execute("PRAGMA user_version").fetchone() == (1,)
    copy.close()


def test_a_migration_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "stallhand.db"
    filled(path, 4)

    def fails(db: object) -> None:
        db.execute("DELETE FROM products")  # type: ignore[attr-defined]
        raise RuntimeError("power cut")

    with monkeypatch.context() as patched:
        patched.setattr(migrations, "steps", _with_one_more_step(fails))
        with pytest.raises(RuntimeError):
            Store(path)
    with Store(path) as store:
        assert store.products.count() == 4


def _with_one_more_step(step: Callable[..., object]) -> migrations.Migrations:
    steps = migrations.Migrations("stallhand")
    steps._migrations = list(migrations.steps._migrations)
    steps(name="m999")(step)
    return steps


def test_a_backup_is_whole_while_others_write(store: Store) -> None:
    store.products.save(Product("x"))
    with store._file.write() as db:
        db["products"].delete_where()
        with ThreadPoolExecutor(1) as other:
            backup = other.submit(store.backup, "now").result()
    copy = sqlite3.connect(backup)
    assert copy.execute("SELECT count(*) FROM products").fetchone() == (1,)
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    copy.close()


def test_one_backup_a_day_and_the_newest_seven_stay(store: Store) -> None:
    store.products.save(Product("x"))
    made = []
    for _day in range(9):
        backup = store.backup_if_due()
        assert backup is not None
        assert store.backup_if_due() is None
        made.append(backup)
        for path in made:
            if path.exists():
                os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 24 * 3600 - 1))
    by_hand = store.backup()
    assert sorted(made[0].parent.iterdir()) == sorted([*made[-7:], by_hand])


def test_a_clock_that_was_set_back_does_not_stop_the_backups(store: Store) -> None:
    first = store.backup_if_due()
    assert first is not None
    ahead = time.time() + 40 * 24 * 3600
    os.utime(first, (ahead, ahead))
    assert store.backup_if_due() is not None


# -- threads and power cuts ------------------------------------------------------------------------------------------


def test_reading_does_not_wait_for_a_long_import(store: Store) -> None:
    store.products.save(Product("before"))
    in_the_middle, go_on = threading.Event(), threading.Event()

    def slow() -> object:
        yield Product("first of many")
        in_the_middle.set()
        assert go_on.wait(10)

    importer = threading.Thread(target=lambda: store.products.save_many(slow()))  # type: ignore[arg-type]
    importer.start()
    assert in_the_middle.wait(10)
    started = time.perf_counter()
    assert [product.name for product in store.products.all()] == ["before"]
    assert time.perf_counter() - started < 1
    go_on.set()
    importer.join()
    assert store.products.count() == 2


def test_many_threads_may_save_and_read(store: Store) -> None:
    troubles: list[BaseException] = []

    def work(worker: int) -> None:
        try:
            for i in range(15):
                saved = store.products.save(Product(f"{worker}-{i}", sku=f"{worker}-{i}"))
                assert store.products.get(saved.id) == saved
                store.scratch.set("typing", {"worker": worker})
        except BaseException as error:
            troubles.append(error)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert store.products.count() == 90


_SAVER = """
import sys
from pathlib import Path
from desktop.shop.records import Draft, Product, Task
from desktop.store.store import Store
store = Store(Path(sys.argv[1]))
for i in range(100000):
    store.products.save(Product(f"p{i}", sku=f"s{i}", notes="x" * (i % 3000)))
    draft = store.drafts.add(Draft(Task.REPLY, f"d{i}", {"message": "hello"}, (), {"text": "x" * (i % 3000)}))
    store.drafts.update(draft.id, text={"text": f"edited {i}"})
    print(i, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_every_confirmed_save_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "stallhand.db"
    confirmed = 0
    for after in (0, 3, 17, 40):
        path.unlink(missing_ok=True)
        for side in ("-wal", "-shm"):
            Path(f"{path}{side}").unlink(missing_ok=True)
        child = subprocess.Popen(
            [sys.executable, "-c", _SAVER, str(path)], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
        )
        assert child.stdout is not None
        for _ in range(after + 1):
            confirmed = int(child.stdout.readline())
        time.sleep(0.003 * after)  # lands in the middle of something
        child.kill()
        rest = child.stdout.read().split()
        child.wait()
        child.stdout.close()
        confirmed = max([confirmed, *map(int, rest[:-1])])
        with Store(path) as store:
            assert store.notices == ()
            assert store.check() == "ok"
            for i in range(confirmed + 1):
                assert store.products.by_sku(f"s{i}") is not None, (after, i)
            texts = {draft.subject: draft.text["text"] for draft in store.drafts.search(limit=10**6)}
            assert all(texts[f"d{i}"] == f"edited {i}" for i in range(confirmed + 1))


def test_a_copy_of_the_folder_opens(tmp_path: Path) -> None:
    with Store.in_folder(tmp_path / "a", "stallhand.db") as store:
        store.products.save(Product("x"))
        shutil.copytree(tmp_path / "a", tmp_path / "b")  # with its -wal, as a backup program would
    with Store.in_folder(tmp_path / "b", "stallhand.db") as copied:
        assert copied.products.count() == 1
        assert copied.notices == ()
