/** The page without runs: the lines that would bring the first, with this server's address. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { statusQuery } from "../../api/queries";
import { LiveDot } from "../../grammar/LiveDot";
import { CodeBlock } from "../../ui/CodeBlock";
import { Sentence } from "../../ui/Sentence";
import styles from "./Setup.module.css";

const PACKAGES = `pip install opentelemetry-sdk \\
  opentelemetry-exporter-otlp-proto-http \\
  openinference-instrumentation-openai`;

const PYTHON = `from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from openinference.instrumentation.openai import OpenAIInstrumentor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
OpenAIInstrumentor().instrument(tracer_provider=provider)`;

export function Setup() {
  const { data: status } = useQuery(statusQuery);
  const lines = [
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${window.location.origin}`,
    "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    ...(status?.keys_required
      ? ['export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer YOUR_KEY"']
      : []),
  ];
  return (
    <div className={styles.setup}>
      <Sentence words={[{ text: "No runs yet. Two steps bring the first." }]} />
      <p className="dim">
        Anything that speaks OpenTelemetry can send here: LangChain, Pydantic AI, OpenAI Agents,
        Vercel AI, CrewAI, Claude Code and the rest.
      </p>
      <ol>
        <li>
          <p>Point your program at this server.</p>
          <CodeBlock label="shell" code={lines.join("\n")} />
        </li>
        <li>
          <p>If it is not traced yet, add these lines where it starts. For OpenAI in Python:</p>
          <CodeBlock label="shell" code={PACKAGES} />
          <CodeBlock label="agent.py" code={PYTHON} />
        </li>
      </ol>
      <p className={styles.waiting}>
        <LiveDot /> <span>The first run shows here by itself.</span>
      </p>
      <p className="dim">
        Traces in a file already?{" "}
        <Link to="/traces" className="link">
          Upload them
        </Link>
        , or see it all with real runs: <code>vedette demo</code>
      </p>
    </div>
  );
}
