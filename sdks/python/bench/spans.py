"""What a span costs, beside other SDKs that are installed: `python spans.py [vedette binary]`.

Each is measured in a process of its own against a server that takes everything and keeps nothing: microseconds of the
calling thread's CPU, of its wall clock, and of the whole process's CPU until all is sent. Best of several rounds; CPU is
that of the clocks of thread and process, so that what else the machine does tells little. What a dict of ten costs the
caller is within each figure, and is told first.
"""

from __future__ import annotations

import gc
import http.server
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any

ROUNDS = 5
SPANS = 20_000
MESSAGE = json.dumps([{"role": "user", "content": "What is the weather in Paris today? " * 110}])


def attributes(number: int) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.response.id": f"chatcmpl-{number}",
        "gen_ai.usage.input_tokens": 800,
        "gen_ai.usage.output_tokens": 120,
        "gen_ai.request.temperature": 0.7,
        "app.cached": False,
        "app.step": number,
        "app.note": "some longer text value here",
    }


Case = tuple[Callable[[int], None], Callable[[], Any]]


def vedette_cases(url: str) -> dict[str, Case]:
    import vedette

    vedette.init(endpoint=url, spool=tempfile.mkdtemp(), instrument=False)
    span, record = vedette.span, vedette.record

    def block(number: int) -> None:
        with span("chat", attributes=attributes(number)):
            pass

    def message(number: int) -> None:
        with span("chat", attributes={**attributes(number), "gen_ai.input.messages": MESSAGE}):
            pass

    @vedette.span(name="step")
    def decorated(number: int, text: str = "some text") -> dict[str, int]:
        return {"number": number}

    def whole(number: int) -> None:
        record("bench", True, "ok", 0.04, 1200, attributes=attributes(number))

    def flush() -> bool:
        return vedette.flush(120)

    return {
        "context manager": (block, flush),
        "record": (whole, flush),
        "decorator": (lambda number: (decorated(number), None)[1], flush),
        "with 4 kB": (message, flush),
    }


def opentelemetry_cases(url: str) -> dict[str, Case]:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    exporter = OTLPSpanExporter(endpoint=f"{url}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=10 * SPANS))
    tracer = provider.get_tracer("bench")

    def block(number: int) -> None:
        with tracer.start_as_current_span("chat", attributes=attributes(number)):
            pass

    def message(number: int) -> None:
        with tracer.start_as_current_span("chat", attributes={**attributes(number), "gen_ai.input.messages": MESSAGE}):
            pass

    def flush() -> bool:
        return provider.force_flush(120_000)

    return {"context manager": (block, flush), "with 4 kB": (message, flush)}


def langfuse_cases(url: str) -> dict[str, Case]:
    from langfuse import Langfuse

    client = Langfuse(public_key="pk-lf-bench", secret_key="sk-lf-bench", host=url)

    def block(number: int) -> None:
        with client.start_as_current_observation(as_type="span", name="chat", metadata=attributes(number)):
            pass

    return {"context manager": (block, client.flush)}


def logfire_cases(url: str) -> dict[str, Case]:
    import logfire
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    processor = BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{url}/v1/traces"), max_queue_size=10 * SPANS)
    logfire.configure(send_to_logfire=False, console=False, additional_span_processors=[processor])

    def block(number: int) -> None:
        with logfire.span("chat", **{key.replace(".", "_"): value for key, value in attributes(number).items()}):
            pass

    return {"context manager": (block, logfire.force_flush)}


def mlflow_cases(url: str) -> dict[str, Case]:
    os.environ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = f"{url}/v1/traces"
    os.environ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] = "http/protobuf"
    import mlflow

    def block(number: int) -> None:
        with mlflow.start_span("chat") as span:
            span.set_attributes(attributes(number))

    return {"context manager": (block, mlflow.flush_trace_async_logging)}


def agentops_cases(url: str) -> dict[str, Case]:
    import agentops
    from agentops.sdk.decorators import operation

    agentops.init(
        api_key="00000000-0000-0000-0000-000000000000", exporter_endpoint=f"{url}/v1/traces", log_level="ERROR"
    )

    @operation(name="step")
    def decorated(attributes: dict[str, Any]) -> None: ...

    return {"decorator": (lambda number: decorated(attributes(number)), lambda: None)}


SDKS: dict[str, tuple[str, Callable[[str], dict[str, Case]]]] = {
    "vedette": ("vedette", vedette_cases),
    "opentelemetry-sdk": ("opentelemetry.sdk", opentelemetry_cases),
    "langfuse": ("langfuse", langfuse_cases),
    "logfire": ("logfire", logfire_cases),
    "mlflow": ("mlflow", mlflow_cases),
    "agentops": ("agentops", agentops_cases),
}


def dictionary(number: int) -> None:
    attributes(number)


def worth(work: Callable[[int], None], flush: Callable[[], Any]) -> int:
    """Warm up; how many spans a round of about a second has."""
    began = time.process_time()
    for number in range(1_000):
        work(number)
    flush()
    return min(SPANS, int(1_000 / (time.process_time() - began)))


def rounds(work: Callable[[int], None], flush: Callable[[], Any], spans: int = SPANS) -> tuple[float, float, float]:
    best = (float("inf"),) * 3
    for _ in range(ROUNDS):
        gc.collect()
        process, cpu, wall = time.process_time(), time.thread_time(), time.perf_counter()
        for number in range(spans):
            work(number)
        cpu, wall = time.thread_time() - cpu, time.perf_counter() - wall
        flush()
        best = min(best, (cpu, wall, time.process_time() - process))
    cpu, wall, process = (seconds / spans * 1e6 for seconds in best)
    return cpu, wall, process


def threads(work: Callable[[int], None], flush: Callable[[], Any], spans: int) -> float:
    def loop() -> None:
        for number in range(spans // 8):
            work(number)

    began = time.process_time()
    workers = [threading.Thread(target=loop) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    flush()
    return (time.process_time() - began) / spans * 1e6


def resident_mb() -> float:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() / 1e6


def measure(name: str, url: str) -> None:
    for case, (work, flush) in SDKS[name][1](url).items():
        spans = worth(work, flush)
        cpu, wall, total = rounds(work, flush, spans)
        print(f"{name:20}{case:20}{cpu:>12.2f}{wall:>12.2f}{total:>12.2f}", flush=True)
        if case == "context manager":
            print(f"{name:20}{'8 threads':20}{'':>12}{'':>12}{threads(work, flush, spans):>12.2f}", flush=True)
    if name == "vedette":
        work, flush = vedette_cases(url)["context manager"]
        told = []
        for number in range(1, 1_000_001):
            work(number)
            if number % 50_000 == 0:
                flush()
            if number in (100_000, 500_000, 1_000_000):
                told.append(f"{resident_mb():.0f} MB after {number:,}")
        print(f"{name:20}memory: {', '.join(told)} spans", flush=True)


def through(binary: str) -> None:
    """Send spans through to a real server: runs of a hundred."""
    import vedette

    with tempfile.TemporaryDirectory() as data:
        command = [binary, "serve", "--data", data, "--listen", "127.0.0.1:0"]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        try:
            work, flush = vedette_cases(server.stdout.readline().strip())["context manager"]
            began = time.perf_counter()
            for _ in range(1_000):
                with vedette.run("bench"):
                    for number in range(99):
                        work(number)
            assert flush()
            print(f"vedette: {100_000 / (time.perf_counter() - began):,.0f} spans/s through to a server, durable")
        finally:
            server.kill()
            server.wait()


class Sink(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    do_GET = do_POST  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None: ...


def main() -> None:
    match sys.argv[1:]:
        case ["--sink"]:
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink)
            print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
            server.serve_forever()
        case ["--measure", name, url]:
            measure(name, url)
        case ["--through", binary]:
            through(binary)
        case arguments:
            sink = subprocess.Popen([sys.executable, __file__, "--sink"], stdout=subprocess.PIPE, text=True)
            assert sink.stdout is not None
            url = sink.stdout.readline().strip()
            print(f"{'microseconds a span':40}{'thread CPU':>12}{'wall':>12}{'total CPU':>12}")
            cpu, wall, total = rounds(dictionary, lambda: None)
            print(f"{'a dict of 10':40}{cpu:>12.2f}{wall:>12.2f}{total:>12.2f}", flush=True)
            scratch = tempfile.TemporaryDirectory()
            try:
                for name, (module, _) in SDKS.items():
                    if importlib.util.find_spec(module.partition(".")[0]) is None:
                        print(f"{name:20}not installed")
                        continue
                    measured = [sys.executable, __file__, "--measure", name, url]
                    # What the others log of the server, which answers nothing, is not told.
                    done = subprocess.run(measured, check=False, stderr=subprocess.PIPE, text=True, cwd=scratch.name)
                    if done.returncode:
                        print(f"{name:20}failed: {done.stderr.strip().splitlines()[-1:]}")
                for binary in arguments:
                    subprocess.run([sys.executable, __file__, "--through", binary], check=False)
            finally:
                scratch.cleanup()
                sink.kill()
                sink.wait()


if __name__ == "__main__":
    main()
