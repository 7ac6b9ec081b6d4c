/** Runs of the shapes that are hard to show: parallel work, loops, agents that talk, hostile text. */
import { hex, type RunSent, type SpanSent } from "./otlp";

const text = (role: string, content: string) => ({ role, parts: [{ type: "text", content }] });

const call = (input: object[], output: object[]): Record<string, string | number> => ({
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "openai",
  "gen_ai.request.model": "gpt-4o-mini",
  "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
  "gen_ai.response.id": hex(8),
  "gen_ai.usage.input_tokens": 100,
  "gen_ai.usage.output_tokens": 10,
  "gen_ai.input.messages": JSON.stringify(input),
  "gen_ai.output.messages": JSON.stringify(output),
});

const tool = (name: string): Record<string, string> => ({
  "gen_ai.operation.name": "execute_tool",
  "gen_ai.tool.name": name,
  "gen_ai.tool.call.arguments": '{"q":"x"}',
  "gen_ai.tool.call.result": "found",
});

/** Five tools at the same time. */
export function parallelRun(agent: string): RunSent {
  const root = hex(8);
  const names = ["flights", "hotels", "cars", "weather", "visa"];
  return {
    agent,
    spans: [
      { id: root, kind: "agent", name: agent, from: 0, to: 5000 },
      {
        parent: root,
        kind: "llm",
        name: "plan",
        from: 10,
        to: 900,
        attributes: call(
          [text("user", "Plan my trip")],
          [text("assistant", "I look up five things.")],
        ),
      },
      ...names.map((name, at): SpanSent => ({
        parent: root,
        kind: "tool",
        name,
        from: 1000 + at * 20,
        to: 2000 + at * 600,
        attributes: tool(name),
      })),
    ],
  };
}

/** An agent that goes round and round: a model call and a tool, `turns` times; one tool fails. */
export function loopRun(agent: string, turns = 40): RunSent {
  const root = hex(8);
  return {
    agent,
    spans: [
      { id: root, kind: "agent", name: agent, from: 0, to: turns * 1000 },
      ...Array.from({ length: turns }, (_, at): SpanSent[] => [
        {
          parent: root,
          kind: "llm",
          name: "think",
          from: at * 1000 + 10,
          to: at * 1000 + 600,
          attributes: call([text("user", "go on")], [text("assistant", `round ${at}`)]),
        },
        {
          parent: root,
          kind: "tool",
          name: "search",
          from: at * 1000 + 610,
          to: at * 1000 + 900,
          attributes: tool("search"),
          ...(at === 30 ? { error: "no such page" } : {}),
        },
      ]).flat(),
    ],
  };
}

/** A triage agent asks an expert through a tool, then hands over to billing. */
export function agentsRun(): RunSent {
  const [triage, expert, billing, ask] = [hex(8), hex(8), hex(8), hex(8)];
  const question = text("user", "Why was I charged twice?");
  const asked = {
    role: "assistant",
    parts: [{ type: "tool_call", id: "c1", name: "ask_expert", arguments: { about: "charges" } }],
  };
  return {
    agent: "triage",
    spans: [
      { id: triage, kind: "agent", name: "triage", from: 0, to: 9000 },
      {
        parent: triage,
        kind: "llm",
        name: "chat",
        from: 10,
        to: 900,
        attributes: call([question], [asked]),
      },
      {
        id: ask,
        parent: triage,
        kind: "tool",
        name: "ask_expert",
        from: 1000,
        to: 4000,
        attributes: { ...tool("ask_expert"), "gen_ai.tool.call.id": "c1" },
      },
      {
        id: expert,
        parent: ask,
        kind: "agent",
        name: "expert",
        from: 1100,
        to: 3900,
        attributes: { "vedette.agent": "expert" },
      },
      {
        parent: expert,
        kind: "llm",
        name: "chat",
        from: 1200,
        to: 3800,
        attributes: {
          ...call(
            [text("user", "What are double charges?")],
            [text("assistant", "A retry was billed.")],
          ),
          "vedette.agent": "expert",
        },
      },
      {
        parent: triage,
        kind: "tool",
        name: "transfer_to_billing",
        from: 4100,
        to: 4200,
        attributes: tool("transfer_to_billing"),
      },
      {
        id: billing,
        parent: triage,
        kind: "agent",
        name: "billing",
        from: 4300,
        to: 8900,
        attributes: { "vedette.agent": "billing" },
      },
      {
        parent: billing,
        kind: "llm",
        name: "chat",
        from: 4400,
        to: 8800,
        attributes: {
          ...call([question], [text("assistant", "I refunded the second charge.")]),
          "vedette.agent": "billing",
        },
      },
    ],
  };
}

export const SCRIPT =
  "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">";
/** Would turn what follows it around, ring, and end a terminal's line. */
export const CONTROLS = "\u202Etxt.exe\u202C \u0007\u001b[31mred\u0000 \uFEFFend";

/** Everything that a page may choke on, in every field that takes text. */
export function hostileRun(agent: string): RunSent {
  const root = hex(8);
  const [one, two] = [hex(8), hex(8)];
  const big = "0123456789abcdef".repeat(65_536);
  const nested = "[".repeat(100) + '"deep"' + "]".repeat(100);
  let parent = root;
  const deep = Array.from({ length: 100 }, (_, level): SpanSent => {
    const id = hex(8);
    const span: SpanSent = {
      id,
      parent,
      kind: "custom",
      name: `level ${level}`,
      from: 100,
      to: 110,
    };
    parent = id;
    return span;
  });
  return {
    agent,
    spans: [
      { id: root, kind: "agent", name: `${SCRIPT} ${CONTROLS}`, from: 0, to: 1000 },
      {
        parent: root,
        kind: "llm",
        name: "hostile call",
        from: 10,
        to: 90,
        attributes: call(
          [
            text("system", SCRIPT),
            text("user", `${CONTROLS} [a](javascript:alert(1)) ![b](http://example.com/x.png)`),
          ],
          [text("assistant", big), text("assistant", nested)],
        ),
      },
      {
        parent: root,
        kind: "tool",
        name: "big tool",
        from: 91,
        to: 95,
        attributes: { ...tool("t"), "gen_ai.tool.call.result": big },
      },
      // Each is the other's parent.
      { id: one, parent: two, kind: "custom", name: "one of a circle", from: 96, to: 97 },
      { id: two, parent: one, kind: "custom", name: "other of a circle", from: 96, to: 97 },
      { parent: hex(8), kind: "custom", name: "orphan", from: 98, to: 99 },
      ...deep,
    ],
  };
}
