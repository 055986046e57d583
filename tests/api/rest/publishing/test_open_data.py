"""The open data over HTTP."""

import gzip
from contextlib import ExitStack

from api.app import EXPORTS_AT_ONCE_MAX
from api.http.downloads.export_places import ExportPlaces
from tests.api.caller import Api, told
from tests.api.registry_rows import RegistryRows

EXPORT = "/api/v1/registry/export"


async def test_a_file_is_offered_under_a_dated_name(api: Api) -> None:
    await RegistryRows(api.engine).project()

    answer = await api.client.get(f"{EXPORT}/credits.csv")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"].endswith('-credits.csv"')
    assert answer.text.startswith("serial,projectId,quantity,")
    assert answer.text.count("\r\n") == 2


async def test_a_file_comes_packed_for_those_who_take_it_so(api: Api) -> None:
    await RegistryRows(api.engine).project()
    plain = await api.client.get(
        f"{EXPORT}/projects.jsonl", headers={"Accept-Encoding": "identity"}
    )

    async with api.client.stream("GET", f"{EXPORT}/projects.jsonl") as answer:
        packed = b"".join([part async for part in answer.aiter_raw()])

    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed) == plain.content


async def test_an_unknown_file_is_told_what_there_is(api: Api) -> None:
    answer = await api.client.get(f"{EXPORT}/users.csv")

    assert answer.status_code == 400
    assert "projects" in told(answer)[0][2]


async def test_no_more_readers_than_there_are_places(api: Api) -> None:
    places: ExportPlaces = api.app.state.resources.export_places
    with ExitStack() as readers:
        for n in range(EXPORTS_AT_ONCE_MAX):
            readers.enter_context(places.take(f"reader {n}"))
        refused = await api.client.get(f"{EXPORT}/credits.csv")
    taken = await api.client.get(f"{EXPORT}/credits.csv")

    assert (refused.status_code, told(refused)[0][0]) == (503, "UNAVAILABLE")
    assert int(refused.headers["Retry-After"]) > 0
    assert taken.status_code == 200


async def test_nobody_reads_two_files_at_once(api: Api) -> None:
    """Else one address could hold all places, each as slowly as is bearable."""
    places: ExportPlaces = api.app.state.resources.export_places
    with places.take("127.0.0.1"):
        refused = await api.client.get(f"{EXPORT}/credits.csv")
    taken = await api.client.get(f"{EXPORT}/credits.csv")

    assert (refused.status_code, taken.status_code) == (503, 200)
    assert "already" in told(refused)[0][2]


async def test_a_reader_gives_its_place_back(api: Api) -> None:
    for _ in range(EXPORTS_AT_ONCE_MAX + 1):
        assert (await api.client.get(f"{EXPORT}/projects.csv")).status_code == 200


async def test_before_anything_was_published_there_is_no_manifest(api: Api) -> None:
    answer = await api.client.get(f"{EXPORT}/manifest.json")

    assert answer.status_code == 404
    page = (await api.client.get("/open-data")).text
    assert "Nothing was published yet" in page


async def test_no_file_names_a_person(api: Api) -> None:
    rows = RegistryRows(api.engine)
    await rows.retirement(await rows.project())

    for name in ("projects", "credits", "retirements"):
        for format in ("csv", "jsonl"):
            content = (await api.client.get(f"{EXPORT}/{name}.{format}")).text
            assert "Somebody Private" not in content
            assert "@karbonica.example" not in content
