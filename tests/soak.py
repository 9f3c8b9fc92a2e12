"""``make soak``: the long matrices, seeded: kill points over many seeds, fuzz with many examples.

``SEEDS=1,2,3`` chooses the seeds. It ends with one summary line and fails when anything failed.
"""

import os
import subprocess
import sys
import time

DEFAULT_SEEDS = "1,2,3,4,5,6,7,8"
FUZZ_EXAMPLES = "20000"


def main() -> int:
    """Run every matrix and print the summary; returns the exit status."""
    started = time.monotonic()
    failed = []
    seeds = [seed.strip() for seed in os.environ.get("SEEDS", DEFAULT_SEEDS).split(",")]
    for seed in seeds:
        print(f"kill points, seed {seed}", flush=True)
        if _pytest(["tests/crashes"], POSTDESK_TEST_SEED=seed):
            failed.append(f"kill points with seed {seed}")
    print(f"fuzz, {FUZZ_EXAMPLES} examples each", flush=True)
    fuzz = ["tests/unit/message", "-k", "fuzz or random or mutated or hostile", "--timeout", "7200"]
    if _pytest(fuzz, POSTDESK_TEST_FUZZ_EXAMPLES=FUZZ_EXAMPLES):
        failed.append("fuzz")
    minutes = (time.monotonic() - started) / 60
    outcome = f"failed: {', '.join(failed)}" if failed else "nothing failed"
    print(f"soak: {len(seeds)} seeds of kill points and fuzz in {minutes:.0f} min; {outcome}")
    return 1 if failed else 0


def _pytest(arguments: list[str], **environment: str) -> int:
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
