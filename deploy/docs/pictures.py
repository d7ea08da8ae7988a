"""Takes the pictures of the page that the documents show: a demo of its own, seen by the browser of this machine."""

import io
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

import click
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

__all__ = ["main"]

FOLDER = Path(__file__).parents[2] / "docs" / "page"
VIEWS = {
    "alerts": "/",
    "items": "/items",
    "label": "/label",
    "sources": "/sources",
    "subscription": "/subscriptions?new=1",
    "themes": "/themes",
    "system": "/system",
}
SIZE = {"width": 1280, "height": 860}
NARROW = {"width": 360, "height": 720}
COLOURS = 192  # of a picture: there are few, and it stays small
ALERTS = 12  # before the first picture is taken
PATIENCE = 300.0


@click.command()
@click.option("--to", "folder", default=FOLDER, type=click.Path(path_type=Path), help="The folder of the pictures.")
@click.option("--chromium", default=shutil.which("chromium") or "chromium", help="The browser.")
def main(folder: Path, chromium: str) -> None:
    """Take each picture."""
    folder.mkdir(parents=True, exist_ok=True)
    with _demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, path in VIEWS.items():
            _save(folder / f"{name}.png", _seen(browser, address + path, SIZE))
        _save(folder / "alerts-dark.png", _seen(browser, address, SIZE, "dark"))
        _save(folder / "alerts-narrow.png", _seen(browser, address, NARROW))
        browser.close()


@contextmanager
def _demo() -> Iterator[str]:
    """The address of a demo that has raised some alerts."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    with TemporaryDirectory() as folder:
        settings = {"THEMEWIRE_WEB__LISTEN": listen, "THEMEWIRE_DATA__DIR": folder}
        command = [sys.executable, "-m", "deploy", "demo", "--keep"]
        process = subprocess.Popen(command, env=os.environ | settings, stdout=subprocess.DEVNULL)
        try:
            until = time.monotonic() + PATIENCE
            while _alerts(f"http://{listen}/") < ALERTS:
                if process.poll() is not None or time.monotonic() > until:
                    raise click.ClickException("the demo raises no alerts")
                time.sleep(1)
            yield f"http://{listen}"
        finally:
            process.terminate()
            process.wait()


def _alerts(address: str) -> int:
    try:
        with urlopen(address, timeout=20) as answer:
            found: bytes = answer.read()
    except (URLError, OSError):
        return 0
    return found.count(b'<li id="a-')


def _seen(browser: Browser, address: str, size: dict[str, int], scheme: str = "light") -> bytes:
    page = browser.new_page(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]  # its own literal types
    page.goto(address, wait_until="load")
    taken = page.screenshot()
    page.close()
    return taken


def _save(path: Path, picture: bytes) -> None:
    small = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    click.echo(path.name)


if __name__ == "__main__":
    main()
