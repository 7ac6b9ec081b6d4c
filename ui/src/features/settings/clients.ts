/** How each kind of program is made to send here: lines to copy, with this server's address. Pure. */
import { pingAddress } from "../heartbeats/setup";

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

/** Vedette's own SDK, as its README has it: two lines, and each call of a library is in a run. */
export function vedetteForPython(origin: string, keysRequired: boolean) {
  return {
    shell: [
      `export VEDETTE_ENDPOINT=${origin}`,
      ...(keysRequired ? ["export VEDETTE_API_KEY=YOUR_KEY"] : []),
      "pip install 'vedette[openai]'",
    ].join("\n"),
    code: `import vedette

vedette.init()`,
    run: `with vedette.run("lead-qualifier") as run:
    run.set_outcome(True, "qualified")`,
  };
}

/** What any exporter of OpenTelemetry reads. */
export function openTelemetry(origin: string, keysRequired: boolean): string {
  return [
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}`,
    "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    ...(keysRequired ? ['export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer YOUR_KEY"'] : []),
  ].join("\n");
}

function vedetteForRust(origin: string, keysRequired: boolean): Client {
  const config = keysRequired
    ? `Config { api_key: Some("YOUR_KEY".into()), ..Config::new("${origin}") }`
    : `Config::new("${origin}")`;
  return {
    name: "Vedette for Rust",
    blocks: [
      {
        label: "shell",
        code: "cargo add vedette-sdk --git https://github.com/vedette-dev/vedette",
      },
      {
        label: "main.rs",
        code: `use vedette_sdk::{Config, Kind, Recorder};

let config = ${config};
let recorder = Recorder::start(config)?;
let run = recorder.run("lead-qualifier").customer("acme-corp").start();
let call = run.child("chat gpt-4o").kind(Kind::Llm).start();
call.set("gen_ai.request.model", "gpt-4o");
call.set("gen_ai.usage.input_tokens", 800);
call.end();
run.set_outcome(true, Some("qualified"));
run.end();
recorder.shutdown(std::time::Duration::from_secs(5));`,
      },
    ],
  };
}

export function clients(origin: string, keysRequired: boolean): Client[] {
  const python = vedetteForPython(origin, keysRequired);
  const key = keysRequired ? "YOUR_KEY" : null;
  const environment = openTelemetry(origin, keysRequired);
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
      name: "Vedette for Python",
      blocks: [
        { label: "shell", code: python.shell },
        { label: "agent.py", code: python.code },
        { label: "a run of your own, if you like", code: python.run },
      ],
      note: `From here on each call of OpenAI's client is seen. So are those of eleven other libraries, each by its name in the brackets: anthropic, langchain, crewai, …; all brings every one.`,
    },
    vedetteForRust(origin, keysRequired),
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
          code: `0 6 * * * /usr/local/bin/daily-summary && curl -fsS '${pingAddress("daily-summary", origin, keysRequired)}'`,
        },
      ],
      note: "A sign of life at the end of a job.",
    },
  ];
}
