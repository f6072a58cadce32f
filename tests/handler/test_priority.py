import os
import subprocess
import sys

PROGRAM = """
import os, threading
from handler.priority import give_way
go, niceness = threading.Event(), {}

def told(name):
    go.wait(30)
    niceness[name] = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

before = threading.Thread(target=told, args=("before",))
before.start()
give_way(12)
give_way(7)
after = threading.Thread(target=told, args=("after",))
after.start()
go.set()
before.join(), after.join(), told("main")
print(sorted(niceness.items()))
"""


def test_every_thread_gives_way_and_those_that_start_later_and_none_ever_comes_back() -> None:
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    wanted = max(12, os.getpriority(os.PRIO_PROCESS, 0))
    assert done.stdout.strip() == str([(name, wanted) for name in ("after", "before", "main")]), done.stderr
