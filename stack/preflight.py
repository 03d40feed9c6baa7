"""What this machine lacks, told within a second, each with the one command to run.

Standard library only, and syntax that an old Python reads, so that it can say of itself that it is too old.
Prints the path of the Python to use; says on standard error what is missing and ends with status 1.
"""

import os
import platform
import shutil
import subprocess
import sys

OLDEST, NEWEST = (3, 11), (3, 13)
# Measured: environment 1.1 GB (1.4 with the tests' packages) beside an installer's cache of as much, the demo's data
# 0.2 GB; memory of the whole stack at work 1.3 GB.
DISK_BYTES = 2500000000
DISK_BYTES_INSTALLED = 500000000
MEMORY_BYTES = 2000000000
OLDEST_GLIBC = (2, 28)

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Lack(object):  # noqa: UP004 - read by old Pythons too
    """Something that is missing: what, and the one command that mends it."""

    def __init__(self, what: str, command: str) -> None:
        self.what = what
        self.command = command

    def __str__(self) -> str:
        return "%s\n    run: %s" % (self.what, self.command)  # noqa: UP031


def find_python(candidates: "list[str]") -> "tuple[str, list[str]]":
    """The first candidate of a fitting version and the modules that it lacks; ("", []) when none fits.

    One that lacks nothing is preferred to one that comes earlier.
    """
    fallback = ("", [])  # type: tuple[str, list[str]]
    for candidate in candidates:
        path = shutil.which(candidate)
        told = _ask(path) if path else None
        if path is None or told is None or not OLDEST <= told[0] <= NEWEST:
            continue
        if not told[1]:
            return told[2], []
        fallback = fallback if fallback[0] else (told[2], told[1])
    return fallback


_QUESTION = """
import importlib.util, sys
print(sys.executable)
print(sys.version_info[0], sys.version_info[1])
print(*[m for m in ("venv", "ensurepip", "ssl", "zlib", "ctypes") if importlib.util.find_spec(m) is None])
"""


def _ask(path: str) -> "tuple[tuple[int, int], list[str], str] | None":
    """Version, lacking modules and true path (a shim is not it) of the Python at ``path``; None if it does not run."""
    try:
        run = subprocess.run([path, "-c", _QUESTION], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=5)
    except (OSError, subprocess.SubprocessError):
        return None
    lines = run.stdout.decode("utf-8", "replace").splitlines()
    if run.returncode != 0 or len(lines) != 3:
        return None
    major, minor = lines[1].split()
    return (int(major), int(minor)), lines[2].split(), lines[0]


def install_command(package: "dict[str, str]") -> str:
    """The command of this machine's package manager for a package named per manager."""
    sudo = "" if os.geteuid() == 0 else "sudo "
    for tool, words in (
        ("apt-get", "install -y"),
        ("dnf", "install -y"),
        ("zypper", "install -y"),
        ("brew", "install"),
    ):
        if shutil.which(tool) and tool in package:
            return "%s%s %s %s" % ("" if tool == "brew" else sudo, tool, words, package[tool])  # noqa: UP031
    return "install " + package["other"]


def check_python(path: str, lacking: "list[str]", found: str) -> "Lack | None":
    """A Python from 3.11 to 3.13 with venv, ensurepip and TLS."""
    if not path:
        names = {
            "apt-get": "python3.11 python3.11-venv",
            "dnf": "python3.12",
            "zypper": "python312",
            "brew": "python@3.12",
        }
        names["other"] = "Python 3.12"
        return Lack("Python 3.11, 3.12 or 3.13 is needed; python3 here is " + found + ".", install_command(names))
    if "venv" in lacking or "ensurepip" in lacking:
        version = os.path.realpath(path).rpartition("python")[2] or "3"
        names = {"apt-get": "python" + version + "-venv", "dnf": "python3-pip", "zypper": "python3-pip"}
        names["other"] = "the venv and ensurepip modules of " + path
        return Lack(
            path + " cannot make virtual environments: it lacks " + " and ".join(lacking) + ".", install_command(names)
        )
    if lacking:
        names = {"apt-get": "python3 python3-venv", "dnf": "python3.12", "zypper": "python312", "brew": "python@3.12"}
        names["other"] = "a complete Python 3.12"
        return Lack(path + " was built without " + ", ".join(lacking) + ".", install_command(names))
    return None


def check_platform(system: str, machine: str, libc: "tuple[str, str]") -> "Lack | None":
    """Linux with glibc, or macOS, on a 64-bit Intel or ARM processor: what the locked packages are built for."""
    container = 'docker run --rm -it -v "$PWD":/src -w /src python:3.12-bookworm make demo'
    if machine not in ("x86_64", "amd64", "aarch64", "arm64") or sys.maxsize < 2**32:
        return Lack("The packages are built for x86_64 and aarch64; this is " + machine + ".", container)
    if system == "Darwin":
        return None
    if system != "Linux":
        return Lack("The stack runs on Linux and macOS; this is " + system + ".", "wsl --install")
    if libc[0] != "glibc":
        return Lack("The packages are built for glibc; this Linux has another C library.", container)
    if tuple(int(part) for part in libc[1].split(".")[:2]) < OLDEST_GLIBC:
        return Lack("glibc 2.28 or newer is needed; this is " + libc[1] + ".", container)
    return None


def check_disk(folder: str, free: int, needed: int) -> "Lack | None":
    """Enough room for the packages and the demo's data."""
    if free >= needed:
        return None
    what = "%.1f GB of free disk are needed in %s; %.1f GB are free." % (needed / 1e9, folder, free / 1e9)  # noqa: UP031
    return Lack(what, "du -xh --max-depth=2 " + folder + " | sort -h | tail   # then remove what you can spare")


def check_memory(usable: int) -> "Lack | None":
    """Enough memory for PostgreSQL, Airflow and the simulator at once."""
    if usable >= MEMORY_BYTES:
        return None
    what = "%.1f GB of memory are needed; %.1f GB can be had now." % (MEMORY_BYTES / 1e9, usable / 1e9)  # noqa: UP031
    return Lack(what, "ps aux --sort=-rss | head   # then end what you can spare, or use a larger machine")


def usable_memory() -> "int | None":
    """Bytes that programs can still have, swap and a container's limit counted; None where the system does not tell."""
    try:
        with open("/proc/meminfo") as file:
            facts = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in file}
    except OSError:
        return None
    usable = facts.get("MemAvailable", facts.get("MemTotal", 0)) + facts.get("SwapFree", 0)
    return min(usable, container_memory(usable))


def container_memory(otherwise: int) -> int:
    """Bytes that this container's limit still allows, its file cache not counted; ``otherwise`` without a limit."""
    folder = "/sys/fs/cgroup/memory."
    try:
        with open(folder + "max") as limit, open(folder + "current") as current, open(folder + "stat") as stat:
            cache = sum(int(line.split()[1]) for line in stat if line.startswith("inactive_file "))
            return int(limit.read()) - int(current.read()) + cache
    except (OSError, ValueError):  # no container, or one without a limit
        return otherwise


def lacks() -> "tuple[str, list[Lack]]":
    """The Python to use and everything that is missing."""
    path, lacking = find_python([os.environ.get("PYTHON") or "python3", "python3.12", "python3.13", "python3.11"])
    installed = os.path.exists(os.path.join(ROOT, ".venv", "installed.json"))
    running = os.path.isdir(os.path.join(ROOT, ".local", "run"))
    memory = None if running else usable_memory()
    needed = DISK_BYTES_INSTALLED if installed else DISK_BYTES
    found = [
        check_platform(platform.system(), platform.machine(), platform.libc_ver()),
        check_python(path, lacking, platform.python_version()),
        check_disk(ROOT, shutil.disk_usage(ROOT).free, needed),
        None if memory is None else check_memory(memory),
    ]
    return path, [lack for lack in found if lack is not None]


def main() -> int:
    """Print the Python to use, or what is missing; 0 when nothing is."""
    path, missing = lacks()
    for lack in missing:
        sys.stderr.write("%s\n" % lack)  # noqa: UP031
    if missing:
        return 1
    sys.stdout.write(path + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
