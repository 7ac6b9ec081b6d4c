/** How each kind of program is made to send here: lines to copy, with this server's address. Pure. */

export interface Client {
  name: string;
  /** One or two pieces of code, each with what it is. */
  blocks: { label: string; code: string }[];
  note?: string;
}

const OPENINFERENCE = (target: string, dist: string, instrumentor: string) => ({
  shell: `pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http ${dist}`,
  code: `from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from openinference.instrumentation.${target} import ${instrumentor}

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
${instrumentor}().instrument(tracer_provider=provider)`,
});

export function clients(origin: string, keysRequired: boolean): Client[] {
  const key = keysRequired ? "YOUR_KEY" : null;
  const environment = [
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}`,
    "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    ...(key ? [`export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer ${key}"`] : []),
  ].join("\n");
  const header = key ? ` -H 'authorization: Bearer ${key}'` : "";
  const instrumented = (name: string, target: string, instrumentor: string): Client => {
    const { shell, code } = OPENINFERENCE(
      target,
      `openinference-instrumentation-${target.replaceAll("_", "-")}`,
      instrumentor,
    );
    return {
      name,
      blocks: [
        { label: "shell", code: `${environment}\n${shell}` },
        { label: "agent.py", code },
      ],
    };
  };
  return [
    {
      name: "Any OpenTelemetry",
      blocks: [{ label: "shell", code: environment }],
      note: "Whatever is instrumented already needs only this: every dialect in use is understood.",
    },
    instrumented("OpenAI", "openai", "OpenAIInstrumentor"),
    instrumented("Anthropic", "anthropic", "AnthropicInstrumentor"),
    instrumented("LangChain", "langchain", "LangChainInstrumentor"),
    instrumented("LlamaIndex", "llama_index", "LlamaIndexInstrumentor"),
    instrumented("CrewAI", "crewai", "CrewAIInstrumentor"),
    instrumented("OpenAI Agents", "openai_agents", "OpenAIAgentsInstrumentor"),
    {
      name: "Pydantic AI",
      blocks: [
        { label: "shell", code: `${environment}\npip install pydantic-ai logfire` },
        {
          label: "agent.py",
          code: `import logfire

logfire.configure(send_to_logfire=False)
logfire.instrument_pydantic_ai()`,
        },
      ],
    },
    {
      name: "Vercel AI SDK",
      blocks: [
        { label: "shell", code: `${environment}\nnpm install @vercel/otel @opentelemetry/api` },
        {
          label: "instrumentation.ts",
          code: `import { registerOTel } from "@vercel/otel";

export function register() {
  registerOTel({ serviceName: "my-agent" });
}`,
        },
        {
          label: "each call",
          code: `await generateText({ model, prompt, experimental_telemetry: { isEnabled: true } });`,
        },
      ],
    },
    {
      name: "Claude Code",
      blocks: [
        {
          label: "shell",
          code: `export CLAUDE_CODE_ENABLE_TELEMETRY=1
export OTEL_LOGS_EXPORTER=otlp
export OTEL_TRACES_EXPORTER=otlp
${environment}`,
        },
      ],
    },
    {
      name: "Langfuse SDK",
      blocks: [
        {
          label: "shell",
          code: `export LANGFUSE_HOST=${origin}
export LANGFUSE_PUBLIC_KEY=pk-any
export LANGFUSE_SECRET_KEY=${key ?? "sk-any"}`,
        },
      ],
    },
    {
      name: "curl",
      blocks: [
        {
          label: "shell",
          code: `curl ${origin}/api/v1/record -H 'content-type: application/json'${header} \\
  -d '{"agent": "lead-qualifier", "success": true, "outcome": "qualified", "cost": 0.043, "duration_ms": 1200}'`,
        },
      ],
      note: "One finished run in one request, for what has no SDK.",
    },
    {
      name: "Heartbeat",
      blocks: [
        {
          label: "crontab",
          code: `0 6 * * * /usr/local/bin/daily-summary && curl -fsS "${origin}/v1/ping?agent=daily-summary${key ? `&token=${key}` : ""}"`,
        },
      ],
      note: "A sign of life at the end of a job.",
    },
  ];
}
