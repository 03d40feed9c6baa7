"""What the Dockerfile promises, and that it fits docker-compose.yaml."""

import re

from .conftest import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
# Continued lines joined, comments left out: (instruction, the rest).
STEPS = [
    tuple(line.split(None, 1))
    for line in re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", "").splitlines()
    if line.strip()
]
LAST_STAGE = STEPS[max(place for place, (word, _) in enumerate(STEPS) if word == "FROM") :]


def test_the_python_is_one_that_the_project_runs_on():
    versions = {re.match(r"python:3\.(\d+)-slim", rest)[1] for word, rest in STEPS if word == "FROM"}
    assert len(versions) == 1
    assert versions <= {"11", "12", "13"}


def test_packages_come_from_the_lock_with_its_hashes():
    assert ("RUN", "python -m stack.install") in STEPS
    assert "--require-hashes" in (ROOT / "stack/install.py").read_text(encoding="utf-8")
    assert not any("pip install" in rest for _, rest in STEPS)


def test_the_image_runs_as_the_user_that_compose_names(services):
    users = [rest for word, rest in LAST_STAGE if word == "USER"]
    made = re.search(r"useradd --uid (\d+) --gid (\d+) .*--shell \S+ (\S+)", DOCKERFILE.replace("\\\n", ""))
    assert users[-1] == "exchange-sync" == made[3]
    assert {service["user"] for service in services.values() if service["image"] == "exchange-sync"} == {
        f"{made[1]}:{made[2]}"
    }


def test_every_directory_that_a_volume_is_mounted_on_belongs_to_that_user(services):
    made = re.search(r"install -d -m 0700 -o exchange-sync -g exchange-sync\s+(.*)", DOCKERFILE.replace("\\\n", ""))
    mounted = {
        volume.split(":")[1]
        for service in services.values()
        if service["image"] == "exchange-sync"
        for volume in service["volumes"]
    }
    assert mounted <= set(made[1].split())


def test_all_that_is_copied_exists_and_passes_the_dockerignore():
    passed = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE))
    for word, rest in STEPS:
        if word != "COPY" or rest.startswith("--from"):
            continue
        *sources, _ = rest.split()
        for source in sources:
            assert (ROOT / source).exists(), source
            assert source.split("/")[0] in passed, source


def test_nothing_private_of_a_checkout_gets_into_the_image():
    assert (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()[1] == "*"
    copied = {source for word, rest in STEPS if word == "COPY" for source in rest.split()[:-1]}
    assert not copied & {".", ".env", ".local", ".git"}
