"""Which Chromium opens the pages, and what is said when there is none."""

import platform
from pathlib import Path

import pytest

from devstack.chromium import find_chromium
from devstack.processes import CannotStart


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any browser, for which none is built; its only folder of programs."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    return tmp_path


def program(folder: Path, name: str) -> Path:
    path = folder / name
    path.touch(mode=0o755)
    return path


def not_announced() -> None:
    pytest.fail("An install was announced.")


async def chosen(folder: Path, browser: str | None) -> Path | None:
    found = await find_chromium(folder / "npm.log", not_announced, browser=browser)
    return None if found is None else found.executable


async def test_none_does_without_even_where_there_is_one(elsewhere: Path) -> None:
    program(elsewhere, "chromium")

    assert await chosen(elsewhere, "none") is None


async def test_the_one_that_is_named_goes_before_the_one_on_the_path(elsewhere: Path) -> None:
    program(elsewhere, "chromium")
    (elsewhere / "mine").mkdir()
    mine = program(elsewhere / "mine", "my-chrome")

    assert await chosen(elsewhere, str(mine)) == mine


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
@pytest.mark.parametrize("browser", [None, "", "/usr/bin/firefox", "xdg-open"])
async def test_else_the_machines_own_is_taken(
    elsewhere: Path, name: str, browser: str | None
) -> None:
    """Desktops set BROWSER too, to something that opens links."""
    own = program(elsewhere, name)

    assert await chosen(elsewhere, browser) == own


async def test_a_named_one_that_is_not_there_is_an_error(elsewhere: Path) -> None:
    program(elsewhere, "chromium")

    with pytest.raises(CannotStart, match="BROWSER names /opt/chromium, which is not there"):
        await chosen(elsewhere, "/opt/chromium")


async def test_without_any_the_way_out_is_told(elsewhere: Path) -> None:
    with pytest.raises(CannotStart, match="install Chromium or Chrome") as refused:
        await chosen(elsewhere, None)

    assert "BROWSER=none" in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1
