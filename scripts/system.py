"""What only the system's package manager has: brought when it may be, else named in one line."""

import os
import shutil
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

# what it is for: (is it there?, Debian package)
PROGRAMS = {
    "redis-server": "redis-server",
    "chromium": "chromium",
    "nginx": "nginx-light",
    "openssl": "openssl",
    "java": "default-jre-headless",  # any from 11 on: it runs the validator of PDF files, which needs jaxb
}
LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}
FILES = {
    "/usr/share/java/jaxb-runtime.jar": "libjaxb-java",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf": "fonts-dejavu-core",
}


def missing_packages() -> list[str]:
    found_programs = {name: shutil.which(name) for name in PROGRAMS}
    found_libraries = {name: find_library(name) for name in LIBRARIES}
    missing = [PROGRAMS[name] for name, path in found_programs.items() if not path]
    missing += [LIBRARIES[name] for name, path in found_libraries.items() if not path]
    return missing + [package for path, package in FILES.items() if not Path(path).exists()]


def bring_system_packages() -> None:
    """Install what is missing when this is root on a Debian; exit with one clear line when something stays missing."""
    missing = missing_packages()
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {', '.join(missing)} …", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=environment, stdout=subprocess.DEVNULL)
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
        subprocess.run(install, env=environment, stdout=subprocess.DEVNULL)
        missing = missing_packages()
    if missing:
        sys.exit(
            f"The tests cannot run: this machine lacks {', '.join(missing)}.  sudo apt-get install {' '.join(missing)}"
        )
