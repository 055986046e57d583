"""Where backups lie, on real folders and on a real S3-compatible server: one contract."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.settings.storage import StorageSettings
from devstack.object_store import ACCESS_KEY_ID, BUCKET, REGION, running_object_store
from devstack.passwords import ensure_passwords
from devstack.ports import choose_ports
from tools.backup_places import BackupPlace, BucketPlace, FolderPlace


@pytest.fixture(scope="module")
async def storage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StorageSettings]:
    data_dir: Path = tmp_path_factory.mktemp("backups")
    ports = choose_ports(data_dir)
    async with running_object_store(data_dir, ports=ports):
        yield StorageSettings(
            s3_endpoint_url=f"http://127.0.0.1:{ports['s3']}",
            s3_region=REGION,
            s3_access_key_id=ACCESS_KEY_ID,
            s3_secret_access_key=SecretStr(ensure_passwords(data_dir).storage),
        )


@pytest.mark.parametrize("kind", ["folder", "bucket"])
async def test_what_was_put_is_found_replaced_and_removed(
    kind: str, storage: StorageSettings, tmp_path: Path
) -> None:
    place: BackupPlace = (
        FolderPlace(tmp_path / "place")
        if kind == "folder"
        else BucketPlace(BUCKET, "/production/", storage)
    )
    file, back = tmp_path / "file", tmp_path / "back"
    for name, words in [
        ("wal/2.gz", "two"),
        ("wal/1.gz", "one"),
        ("base/b/f", "f"),
        ("wal/2.gz", "2"),
    ]:
        file.write_text(words)
        place.put(name, file)

    assert place.names("wal/") == ["wal/1.gz", "wal/2.gz"]
    place.get("wal/2.gz", back)
    assert back.read_text() == "2"

    place.remove("wal/1.gz")
    place.remove("wal/1.gz")
    assert place.names("wal/") == ["wal/2.gz"]
    assert place.names("base/") == ["base/b/f"]
