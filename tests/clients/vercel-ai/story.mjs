// The Vercel AI SDK with @ai-sdk/otel, over the standard OTLP/JSON exporter.
// Sessions and users are not of its vocabulary: they travel as runtime context.

import { openai } from '@ai-sdk/openai';
import { OpenTelemetry } from '@ai-sdk/otel';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { generateText, isStepCount, registerTelemetry, streamText, tool } from 'ai';
import { z } from 'zod';

const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
provider.register();
registerTelemetry(new OpenTelemetry({ usage: true, runtimeContext: true }));

const getWeather = tool({
  description: 'The weather in a city',
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `18 degrees in ${city}`,
});

const telling = (functionId, sessionId) => ({
  runtimeContext: { sessionId, userId: 'user-42' },
  telemetry: { functionId, includeRuntimeContext: { sessionId: true, userId: true } },
});

await generateText({
  model: openai('gpt-4o-mini'),
  prompt: 'What is the weather in Paris?',
  tools: { get_weather: getWeather },
  stopWhen: isStepCount(3),
  ...telling('weather-agent', 'session-1'),
});

await streamText({
  model: openai.chat('gpt-4o-mini'),
  prompt: 'Say goodbye.',
  ...telling('farewell-agent', 'session-1'),
}).consumeStream();

try {
  await generateText({ model: openai.chat('broken'), prompt: 'Will this fail?', ...telling('broken-agent', 'session-2') });
} catch (error) {
  if (error.statusCode !== 404) throw error;
}

await provider.shutdown();
