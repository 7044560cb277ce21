"""The stack's stand-in processes: real programs in the places of ours, so that the stack is tested by itself.

Run as a script with a directory, it holds such a stack up the way ``liandong run`` does.
"""

import sys
from pathlib import Path

from infra.processes import SERVICES, Process

PROGRAM = str(Path(__file__).with_name("stand_in.py"))


def stand_in(name, *, serves=True):
    return Process(name, (sys.executable, PROGRAM, name), serves)


STAND_INS = (*(stand_in(name) for name in SERVICES), stand_in("relay", serves=False), stand_in("desk"))

if __name__ == "__main__":
    from infra.commands.run import run
    from infra.stack.stack import Stack

    run(
        Stack(sys.argv[1], processes=STAND_INS),
        lambda context: sys.stdout.write(f"address {context.public_url}\n") and sys.stdout.flush(),
    )
