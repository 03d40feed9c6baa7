"""Write the locks anew from the requirements: for every platform and Python that the project supports, with hashes."""

from __future__ import annotations

import subprocess
import sys

from stack.layout import ROOT, script

_OLDEST_PYTHON = "3.11"
# The second is locked within the first, so that tests run against just what users get.
_LOCKS = (
    ("requirements.in", "requirements.txt"),
    ("requirements-dev.in", "requirements-dev.txt"),
    ("stack/uv.in", "stack/uv.txt"),
    ("tests/support/client/generator.in", "tests/support/client/generator.txt"),
)


def main() -> int:
    """Resolve each; versions that still fit stay unless ``--upgrade`` is given."""
    for source, target in _LOCKS:
        command = [script("uv"), "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
        command += ["--python-version", _OLDEST_PYTHON, "--no-emit-index-url", *sys.argv[1:], source, "-o", target]
        done = subprocess.run(command, cwd=ROOT, check=False)
        if done.returncode != 0:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
