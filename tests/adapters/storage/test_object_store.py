"""Documents in a real S3 server: an address takes exactly the announced bytes and nothing else."""

import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import uuid4

import boto3
import httpx
import pytest
from botocore import auth
from botocore.config import Config
from botocore.exceptions import ClientError
from pydantic import SecretStr

from activities.ports.object_store import ObjectStore
from adapters.settings.storage import StorageSettings
from adapters.storage.multipart_uploads import MultipartUploads, StorageAway, UploadInParts
from adapters.storage.object_store import S3ObjectStore
from adapters.storage.presigned_urls import (
    DOWNLOAD_SECONDS,
    UPLOAD_SECONDS,
    PresignedUpload,
    PresignedUrls,
)
from devstack.object_store import (
    ACCESS_KEY_ID,
    BUCKET,
    REGION,
    running_object_store,
)
from devstack.passwords import ensure_passwords
from devstack.ports import choose_ports
from domain.errors import DocumentMismatch
from domain.projects.documents import StoredBytes
from domain.projects.sign_offs import DescribedBytes
from domain.projects.uploads import LARGE_BYTES_MIN
from tests.fakes.object_store import FakeObjectStore

REPORT = b"%PDF-1.7 the monitoring report of the sample project"
SHA256 = hashlib.sha256(REPORT).hexdigest()
PDF = "application/pdf"


@pytest.fixture(scope="session")
async def settings(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StorageSettings]:
    data_dir: Path = tmp_path_factory.mktemp("object-store")
    ports = choose_ports(data_dir)
    async with running_object_store(data_dir, ports=ports):
        yield StorageSettings(
            s3_endpoint_url=f"http://127.0.0.1:{ports['s3']}",
            s3_region=REGION,
            s3_bucket=BUCKET,
            s3_access_key_id=ACCESS_KEY_ID,
            s3_secret_access_key=SecretStr(ensure_passwords(data_dir).storage),
        )


@pytest.fixture
def store(settings: StorageSettings) -> S3ObjectStore:
    return S3ObjectStore(settings)


@pytest.fixture
def urls(settings: StorageSettings) -> PresignedUrls:
    return PresignedUrls(settings)


@pytest.fixture
def key() -> str:
    return f"uploads/{uuid4()}"


def announce(urls: PresignedUrls, key: str) -> PresignedUpload:
    return urls.presigned_put(key, content_type=PDF, sha256_hex=SHA256, size=len(REPORT))


async def put(upload: PresignedUpload, body: bytes, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.request(
            upload.method, upload.url, content=body, headers={**upload.headers, **headers}
        )


async def get(url: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(url)


async def test_the_announced_bytes_arrive(
    store: S3ObjectStore, urls: PresignedUrls, key: str
) -> None:
    answer = await put(announce(urls, key), REPORT)

    assert answer.status_code == 200
    assert await store.stored_bytes(key) == StoredBytes(len(REPORT), SHA256)


@pytest.mark.parametrize(
    "body",
    [REPORT[:-1] + b"X", REPORT[:-1], REPORT + b"!", b""],
    ids=["same size", "shorter", "longer", "empty"],
)
async def test_other_bytes_are_turned_away(
    store: S3ObjectStore, urls: PresignedUrls, key: str, body: bytes
) -> None:
    answer = await put(announce(urls, key), body)

    assert 400 <= answer.status_code < 500
    assert await store.stored_bytes(key) is None


async def test_other_bytes_cannot_take_the_place_of_those_that_arrived(
    store: S3ObjectStore, urls: PresignedUrls, key: str
) -> None:
    upload = announce(urls, key)
    await put(upload, REPORT)

    await put(upload, REPORT[:-1] + b"X")

    assert await store.stored_bytes(key) == StoredBytes(len(REPORT), SHA256)


async def test_the_announced_hash_cannot_be_changed_on_the_way(
    store: S3ObjectStore, urls: PresignedUrls, key: str
) -> None:
    other = urls.presigned_put(
        key,
        content_type=PDF,
        sha256_hex=hashlib.sha256(b"other").hexdigest(),
        size=len(b"other"),
    )

    answer = await put(announce(urls, key), b"other", **other.headers)

    assert answer.status_code == 403
    assert await store.stored_bytes(key) is None


async def test_an_address_is_for_one_key_only(
    store: S3ObjectStore, urls: PresignedUrls, key: str
) -> None:
    upload = announce(urls, key)
    elsewhere = PresignedUpload(
        upload.method, upload.url.replace(key, f"{key}-elsewhere"), upload.headers
    )

    answer = await put(elsewhere, REPORT)

    assert answer.status_code == 403
    assert await store.stored_bytes(f"{key}-elsewhere") is None


async def test_what_is_not_there_is_nothing(store: S3ObjectStore, key: str) -> None:
    assert await store.stored_bytes(key) is None


async def test_size_and_hash_are_read_from_every_byte_of_a_large_file(
    store: S3ObjectStore, settings: StorageSettings, key: str
) -> None:
    large = bytes(range(256)) * 20_000 + b"the end"
    s3 = boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint_url,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key_id,
        aws_secret_access_key=settings.s3_secret_access_key.get_secret_value(),
    )
    s3.put_object(Bucket=settings.s3_bucket, Key=key, Body=large)

    found = await store.stored_bytes(key)

    assert found == StoredBytes(len(large), hashlib.sha256(large).hexdigest())


async def test_a_kept_copy_stays_when_the_upload_changes(
    store: S3ObjectStore, urls: PresignedUrls, key: str
) -> None:
    permanent_key = f"documents/{uuid4()}"
    await put(announce(urls, key), REPORT)

    for _ in range(2):
        await store.keep(key, permanent_key)
    later = urls.presigned_put(
        key, content_type=PDF, sha256_hex=hashlib.sha256(b"later").hexdigest(), size=5
    )
    await put(later, b"later")

    assert await store.stored_bytes(permanent_key) == StoredBytes(len(REPORT), SHA256)
    assert await store.stored_bytes(key) == StoredBytes(5, hashlib.sha256(b"later").hexdigest())


@pytest.mark.parametrize(
    ("filename", "quoted"),
    [
        ("monitoring-report.pdf", "monitoring-report.pdf"),
        ("Łódź 2024; a/b.pdf", "%C5%81%C3%B3d%C5%BA%202024%3B%20a%2Fb.pdf"),
        ('"; filename=evil.html', "%22%3B%20filename%3Devil.html"),
        ("line\r\nbreak.pdf", "line%0D%0Abreak.pdf"),
    ],
)
async def test_a_download_carries_its_name_and_is_never_shown_as_a_page(
    urls: PresignedUrls, key: str, filename: str, quoted: str
) -> None:
    await put(announce(urls, key), REPORT)

    answer = await get(urls.presigned_get(key, filename=filename, content_type=PDF))

    assert (answer.status_code, answer.content) == (200, REPORT)
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{quoted}"
    assert answer.headers["content-type"] == PDF


async def test_a_download_that_was_tampered_with_is_turned_away(
    urls: PresignedUrls, key: str
) -> None:
    await put(announce(urls, key), REPORT)
    address = urls.presigned_get(key, filename="report.pdf", content_type=PDF)

    shown_as_a_page = with_parameter(address, "response-content-type", "text/html")
    good_for_a_day = with_parameter(address, "X-Amz-Expires", "86400")

    assert [(await get(url)).status_code for url in (shown_as_a_page, good_for_a_day)] == [403, 403]


async def test_without_a_signature_nothing_is_read(urls: PresignedUrls, key: str) -> None:
    await put(announce(urls, key), REPORT)
    address = urls.presigned_get(key, filename="report.pdf", content_type=PDF)

    answer = await get(address.partition("?")[0])

    assert answer.status_code == 403


@pytest.fixture(params=["fake", "s3"])
def either(request: pytest.FixtureRequest) -> ObjectStore:
    """What follows is what activities rely on: the same tests on the fake and on a real server."""
    if request.param == "fake":
        return FakeObjectStore()
    found: S3ObjectStore = request.getfixturevalue("store")
    return found


async def test_a_stored_file_has_the_size_and_hash_of_its_bytes(
    either: ObjectStore, key: str, tmp_path: Path
) -> None:
    assert await either.stored_bytes(key) is None

    await either.store(key, written(tmp_path, REPORT), media_type=PDF)

    assert await either.stored_bytes(key) == StoredBytes(len(REPORT), SHA256)


@pytest.mark.parametrize("later", [REPORT, b"", b"x" * 9_000_000], ids=["same", "empty", "parts"])
async def test_storing_again_leaves_the_later_file(
    either: ObjectStore, key: str, tmp_path: Path, later: bytes
) -> None:
    await either.store(key, written(tmp_path, REPORT), media_type=PDF)
    await either.store(key, written(tmp_path, later), media_type=PDF)

    later_sha256 = hashlib.sha256(later).hexdigest()
    assert await either.stored_bytes(key) == StoredBytes(len(later), later_sha256)


async def test_what_is_kept_is_a_copy_that_no_upload_changes(
    either: ObjectStore, key: str, tmp_path: Path
) -> None:
    permanent_key = f"documents/{uuid4()}"
    await either.store(key, written(tmp_path, REPORT), media_type=PDF)

    for _ in range(2):
        await either.keep(key, permanent_key)
    await either.store(key, written(tmp_path, b"later"), media_type=PDF)

    assert await either.stored_bytes(permanent_key) == StoredBytes(len(REPORT), SHA256)
    assert await either.stored_bytes(key) == StoredBytes(5, hashlib.sha256(b"later").hexdigest())


async def test_storage_describes_what_it_holds_and_is_right_where_it_names_a_checksum(
    either: ObjectStore, key: str, tmp_path: Path
) -> None:
    await either.store(key, written(tmp_path, REPORT), media_type=PDF)

    described = await either.described_bytes(key)

    assert described in (DescribedBytes(len(REPORT)), DescribedBytes(len(REPORT), SHA256))
    assert await either.described_bytes(f"{key}/nothing") is None


async def test_the_checksum_of_an_upload_stays_with_its_kept_copy(
    store: S3ObjectStore, urls: PresignedUrls, key: str
) -> None:
    await put(announce(urls, key), REPORT)
    await store.keep(key, f"documents/{SHA256}")

    assert await store.described_bytes(f"documents/{SHA256}") == DescribedBytes(len(REPORT), SHA256)


async def test_what_is_not_there_cannot_be_kept(either: ObjectStore, key: str) -> None:
    permanent_key = f"documents/{uuid4()}"

    with pytest.raises((ClientError, KeyError)):
        await either.keep(key, permanent_key)

    assert await either.stored_bytes(permanent_key) is None


async def test_the_storage_says_whether_it_answers(settings: StorageSettings) -> None:
    elsewhere = settings.model_copy(update={"s3_bucket": "no-such-bucket"})
    nowhere = settings.model_copy(update={"s3_endpoint_url": "http://127.0.0.1:9"})

    async with httpx.AsyncClient(trust_env=False) as http:
        assert await PresignedUrls(settings).storage_answers(http)
        assert not await PresignedUrls(elsewhere).storage_answers(http)
        assert not await PresignedUrls(nowhere).storage_answers(http)


@pytest.mark.parametrize("key", ["kept/ab12", "a b/ü~+&=.pdf"])
def test_addresses_are_those_that_a_client_of_boto3_signs(
    settings: StorageSettings, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime(2026, 1, 15, 10, 30)  # noqa: DTZ001 -- botocore signs with naive moments of UTC
    monkeypatch.setattr(auth, "get_current_datetime", lambda: moment)
    client = boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint_url,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key_id,
        aws_secret_access_key=settings.s3_secret_access_key.get_secret_value(),
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    upload = {
        "ContentType": PDF,
        "ContentLength": len(REPORT),
        "ChecksumSHA256": base64.b64encode(bytes.fromhex(SHA256)).decode(),
    }
    download = {
        "ResponseContentDisposition": "attachment; filename*=UTF-8''a%20report.pdf",
        "ResponseContentType": PDF,
    }
    place = {"Bucket": settings.s3_bucket, "Key": key}
    ours = PresignedUrls(settings)

    put_url = ours.presigned_put(key, content_type=PDF, sha256_hex=SHA256, size=len(REPORT)).url
    get_url = ours.presigned_get(key, filename="a report.pdf", content_type=PDF)

    assert put_url == client.generate_presigned_url("put_object", place | upload, UPLOAD_SECONDS)
    assert get_url == client.generate_presigned_url(
        "get_object", place | download, DOWNLOAD_SECONDS
    )


def written(folder: Path, content: bytes) -> Path:
    file = folder / "file"
    file.write_bytes(content)
    return file


def with_parameter(url: str, name: str, value: str) -> str:
    parts = urlsplit(url)
    parameters = dict(parse_qsl(parts.query)) | {name: value}
    return urlunsplit(parts._replace(query=urlencode(parameters)))


@pytest.mark.parametrize("kind", ["real", "fake"])
async def test_what_was_written_before_a_moment_is_found_and_removed(
    store: S3ObjectStore, tmp_path: Path, kind: str
) -> None:
    objects: ObjectStore = store if kind == "real" else FakeObjectStore()
    prefix = f"swept/{uuid4()}/"
    file = tmp_path / "file"
    file.write_bytes(REPORT)
    await objects.store(f"{prefix}one", file, media_type=PDF)

    early = await objects.written_before(prefix, datetime.now(UTC) - timedelta(hours=1))
    late = await objects.written_before(prefix, datetime.now(UTC) + timedelta(hours=1))
    for _ in range(2):
        await objects.remove(f"{prefix}one")

    assert (early, late) == ([], [f"{prefix}one"])
    assert await objects.stored_bytes(f"{prefix}one") is None


async def test_what_is_stored_is_encrypted_where_that_is_asked_for(
    settings: StorageSettings, key: str, tmp_path: Path
) -> None:
    """Uploads by address, copies and files of ours: the storage says so of each."""
    asking = settings.model_copy(update={"s3_server_side_encryption": "AES256"})
    store, announced = S3ObjectStore(asking), announce(PresignedUrls(asking), key)
    file = tmp_path / "report.pdf"
    file.write_bytes(REPORT)

    async with httpx.AsyncClient() as http:
        without = {
            name: value
            for name, value in announced.headers.items()
            if name != "x-amz-server-side-encryption"
        }
        refused = await http.put(announced.url, content=REPORT, headers=without)
        taken = await http.put(announced.url, content=REPORT, headers=announced.headers)
    assert taken.is_success, taken.text
    await store.keep(key, f"kept/{key}")
    await store.store(f"stored/{key}", file, media_type=PDF)
    async with httpx.AsyncClient(trust_env=False) as http:
        missing = (await ask_for_parts(asking, http, f"parts/{key}")).missing
        sent = [
            await http.put(
                one.url,
                content=LARGE[one.part.offset : one.part.offset + one.part.size_bytes],
            )
            for one in missing
        ]
    assert [answer.status_code for answer in sent] == [200, 200, 200]
    await store.join(f"parts/{key}", len(LARGE))
    await store.keep(f"parts/{key}", f"kept/parts/{key}")

    s3 = boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint_url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=settings.s3_secret_access_key.get_secret_value(),
        config=Config(s3={"addressing_style": "path"}),
    )
    said = [
        s3.head_object(Bucket=BUCKET, Key=name).get("ServerSideEncryption")
        for name in (key, f"kept/{key}", f"stored/{key}", f"parts/{key}", f"kept/parts/{key}")
    ]
    assert (refused.status_code, taken.status_code) == (403, 200)
    assert said == ["AES256"] * 5
    assert await store.stored_bytes(f"kept/{key}") == StoredBytes(len(REPORT), SHA256)
    large_sha256 = hashlib.sha256(LARGE).hexdigest()
    assert await store.stored_bytes(f"kept/parts/{key}") == StoredBytes(len(LARGE), large_sha256)


LARGE = b"a" * LARGE_BYTES_MIN + b"b" * LARGE_BYTES_MIN + b"the end"


async def ask_for_parts(
    settings: StorageSettings, http: httpx.AsyncClient, key: str
) -> UploadInParts:
    return await MultipartUploads(PresignedUrls(settings), http).find_or_begin(
        key, content_type=PDF, size_bytes=len(LARGE), part_bytes=LARGE_BYTES_MIN
    )


async def test_an_upload_in_parts_goes_on_where_it_was_and_becomes_one_object(
    store: S3ObjectStore, settings: StorageSettings, key: str
) -> None:
    """The second part comes first, then somebody else asks anew; a part of another size is turned away."""
    permanent_key = f"documents/{uuid4()}"
    async with httpx.AsyncClient(trust_env=False) as http:
        first = await ask_for_parts(settings, http, key)
        # Another upload, whose key begins as this one's.
        await ask_for_parts(settings, http, f"{key}-other")
        taken = await http.put(
            first.missing[1].url, content=LARGE[LARGE_BYTES_MIN : 2 * LARGE_BYTES_MIN]
        )
        other_size = await http.put(first.missing[2].url, content=b"the end!")
        again = await ask_for_parts(settings, http, key)
        with pytest.raises(DocumentMismatch, match=f"{LARGE_BYTES_MIN} are uploaded"):
            await store.join(key, len(LARGE))
        for missing in again.missing:
            begins = missing.part.offset
            body = LARGE[begins : begins + missing.part.size_bytes]
            assert (await http.put(missing.url, content=body)).is_success
        whole = await ask_for_parts(settings, http, key)
    for _ in range(2):
        await store.join(key, len(LARGE))
    await store.keep(key, permanent_key)

    assert (taken.status_code, other_size.status_code) == (200, 403)
    assert (set(first.there), set(again.there)) == (set(), {2})
    assert again.bytes_there == LARGE_BYTES_MIN
    assert [one.part.number for one in again.missing] == [1, 3]
    assert (set(whole.there), len(whole.missing)) == ({1, 2, 3}, 0)
    sha256 = hashlib.sha256(LARGE).hexdigest()
    for place in (key, permanent_key):
        assert await store.stored_bytes(place) == StoredBytes(len(LARGE), sha256)


@pytest.mark.parametrize("kind", ["fake", "s3"])
async def test_uploads_in_parts_that_nobody_ended_are_given_up(
    store: S3ObjectStore, settings: StorageSettings, kind: str
) -> None:
    prefix = f"swept-{uuid4()}/"
    async with httpx.AsyncClient(trust_env=False) as http:
        begun = await ask_for_parts(settings, http, f"{prefix}one")
        await http.put(begun.missing[2].url, content=b"the end")
    fake = FakeObjectStore()
    fake.parts[f"{prefix}one"] = [b"the end"]
    objects: ObjectStore = store if kind == "s3" else fake

    with pytest.raises(DocumentMismatch):
        await objects.join(f"{prefix}one", len(LARGE))
    await objects.join(f"{prefix}another", 1)
    early = await objects.abandon(prefix, datetime.now(UTC) - timedelta(hours=1))
    late = [await objects.abandon(prefix, datetime.now(UTC) + timedelta(hours=1)) for _ in "ab"]

    assert (early, late) == (0, [1, 0])
    await objects.join(f"{prefix}one", len(LARGE))
    assert await objects.stored_bytes(f"{prefix}one") is None


async def test_storage_that_gives_no_answer_begins_no_upload(
    settings: StorageSettings, key: str
) -> None:
    nowhere = settings.model_copy(update={"s3_endpoint_url": "http://127.0.0.1:9"})
    elsewhere = settings.model_copy(update={"s3_bucket": "no-such-bucket"})
    async with httpx.AsyncClient(trust_env=False) as http:
        for away in (nowhere, elsewhere):
            with pytest.raises(StorageAway):
                await ask_for_parts(away, http, key)


async def test_a_folder_is_listed_with_what_tells_one_writing_from_the_next(
    store: S3ObjectStore, tmp_path: Path
) -> None:
    prefix, file = f"folders/{uuid4()}/in/", tmp_path / "file"
    for place in (store, FakeObjectStore()):
        both: ObjectStore = place
        file.write_bytes(b"one")
        await both.store(f"{prefix}b.csv", file, media_type="text/csv")
        await both.store(f"{prefix}2026/tag e\u0301 +%2F.csv", file, media_type="text/csv")
        first = await both.listed(prefix, most=10)
        file.write_bytes(b"two")
        await both.store(f"{prefix}b.csv", file, media_type="text/csv")
        second = await both.listed(prefix, most=10)

        assert [one.key.removeprefix(prefix) for one in first] == [
            "2026/tag e\u0301 +%2F.csv",
            "b.csv",
        ]
        assert [one.size_bytes for one in first] == [3, 3]
        assert first[0] == second[0]
        assert first[1].etag != second[1].etag
        assert [one.key for one in await both.listed(prefix, most=1)] == [first[0].key]
