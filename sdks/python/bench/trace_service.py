"""How fast `TraceService.load` reads and how much memory it takes, beside the original where that is installed.

    python bench/trace_service.py [LINES]

Times are CPU times of one thread, so that a busy machine does not change them. The original: `pip install
pyagent-studio==0.3.0`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

MEASURE = """
import json, resource, sys, time
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
from {module} import TraceService
service = TraceService()
begun = time.process_time()
count = len(service.load(sys.argv[1]))
loaded = time.process_time()
found = len(service.query(event_type="llm_call_end", agent_name="agent-7"))
asked = time.process_time()
resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([count, loaded - begun, found, asked - loaded, resident / 1024]))
"""


def write(path: Path, lines: int) -> None:
    """Write calls as a recorder does, about 300 bytes each."""
    with path.open("w") as file:
        for number in range(lines):
            line = {
                "event_type": "llm_call_end",
                "agent_name": f"agent-{number % 40}",
                "workflow": "main",
                "pattern": "supervisor",
                "run_id": f"run-{number // 7}",
                "provider": "anthropic",
                "model": f"claude-sonnet-4-2025051{number % 5}",
                "input_tokens": number % 4_000,
                "output_tokens": number % 900,
                "duration_ms": number % 9_000 + 0.5,
                "cost_estimate": number % 100 / 10_000,
                "timestamp": f"2025-06-09T14:{number // 60 % 60:02}:{number % 60:02}.243Z",
            }
            file.write(json.dumps(line) + "\n")


def measure(module: str, path: Path) -> list[float] | None:
    """Load the file in a process of its own."""
    command = [sys.executable, "-c", MEASURE.format(module=module), str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return None if ran.returncode else json.loads(ran.stdout)


def main() -> None:
    """Print one line for each implementation."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.jsonl"
        write(path, lines)
        print(f"{lines:,} lines, {path.stat().st_size / 1e6:.0f} MB")
        for name, module in [
            ("vedette", "vedette.trace_service"),
            ("original", "pyagent_studio.services.trace_service"),
        ]:
            figures = measure(module, path)
            if figures is None:
                print(f"{name:9} not installed")
                continue
            count, load_s, _, query_s, resident_mb = figures
            speed = f"{count / load_s:>12,.0f} lines/s of CPU"
            print(f"{name:9} {speed}  query {query_s * 1e3:6.2f} ms  {resident_mb:6.0f} MB resident")


if __name__ == "__main__":
    main()
