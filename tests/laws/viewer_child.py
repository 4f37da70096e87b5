"""A process that has imported everything and gives a service its lives, one after the other: importing takes seconds, forking none.

For each line on its input it forks a real `hallway serve` and tells the new process's id; when that has ended, its exit code.
"""

import os
import sys
import traceback

from app.cli import main


def live(arguments: list[str]) -> int:
    """One life, to its end; the exit code of the command."""
    sys.argv = ["hallway", *arguments]
    try:
        main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    except BaseException:
        traceback.print_exc()
        return 70  # EX_SOFTWARE of sysexits.h
    return 0


def give_lives(arguments: list[str]) -> None:
    """Until nobody asks for another."""
    log = os.open("log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 2)
    while sys.stdin.readline():
        life = os.fork()
        if life == 0:
            os.dup2(log, 1)
            os._exit(live(arguments))
        print(life, flush=True)
        _, status = os.waitpid(life, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    give_lives(sys.argv[1:])
