"""``make chaos``."""

import sys
import time
from pathlib import Path

from infra.chaos.cluster import Cluster
from infra.chaos.network import enter


def main() -> int:
    enter("infra.chaos")
    t = time.monotonic()
    with Cluster(Path("/tmp/chaos/run"), seen=lambda n: print(f"{time.monotonic() - t:.1f} {n}")) as cluster:
        print(cluster.primary())
        time.sleep(float(sys.argv[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
