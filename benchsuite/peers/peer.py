"""What every peer shares: its arguments, its clock, and the line of JSON it ends with."""

import argparse
import importlib.metadata
import json
import os
import sys
import time
from pathlib import Path


def arguments(*names):
    """The arguments by name, and the threads; call this before a library is loaded."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    for name in names:
        parser.add_argument(f"--{name}", required=True)
    asked = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"):
        os.environ[name] = str(asked.threads)
    return asked


class Clock:
    """Seconds of wall and of all cores between `with` and its end, and of the stages between."""

    def __enter__(self):
        self.stages = {}
        self.cpu = time.process_time()
        self.begin = self.last = time.perf_counter()
        return self

    def stage(self, name):
        """A stage ends here."""
        now = time.perf_counter()
        self.stages[name] = now - self.last
        self.last = now

    def __exit__(self, *_):
        self.seconds = time.perf_counter() - self.begin
        self.cpu_seconds = time.process_time() - self.cpu


def say(clock, answer, *libraries):
    """Prints the answer; work and peer are the names of the script's folder and of the script."""
    script = Path(sys.argv[0]).resolve()
    said = {
        "work": script.parent.name,
        "peer": script.stem,
        "answer": answer,
        "seconds": clock.seconds,
        "cpu_seconds": clock.cpu_seconds,
        "versions": {name: importlib.metadata.version(name) for name in libraries},
    }
    if clock.stages:
        said["stages"] = clock.stages
    print(json.dumps(said), flush=True)


def stored(out, tables):
    """What lies in the files of a store, once the clock has stopped: rows, sums of the flows, bytes."""
    import pyarrow.compute
    import pyarrow.parquet

    files = {table: Path(out) / f"{table}.parquet" for table in tables}
    answer = {table: pyarrow.parquet.read_metadata(file).num_rows for table, file in files.items()}
    sums = {"packets": ["packets_in", "packets_out"], "octets": ["bytes_in", "bytes_out"], "ports": ["dest_port"]}
    for name, columns in sums.items():
        table = pyarrow.parquet.read_table(files["flow"], columns=columns)
        answer[name] = sum(int(pyarrow.compute.sum(column).as_py()) for column in table.columns)
    return answer | {"note": {"file_bytes": sum(file.stat().st_size for file in files.values())}}


def parquet(place):
    """A folder's Parquet files as a glob; a glob as it is."""
    return f"{place}/**/*.parquet" if Path(place).is_dir() else place


def durable(*paths):
    """The files and their folders are on the disk when this returns."""
    for path in {*map(Path, paths), *(Path(path).parent for path in paths)}:
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
