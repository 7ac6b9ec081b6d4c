/** The page without runs: the lines that would bring the first, with this server's address. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { statusQuery } from "../../api/queries";
import { LiveDot } from "../../grammar/LiveDot";
import { CodeBlock } from "../../ui/CodeBlock";
import { Sentence } from "../../ui/Sentence";
import { openTelemetry, vedetteForPython } from "../settings/clients";
import styles from "./Setup.module.css";

export function Setup() {
  const { data: status } = useQuery(statusQuery);
  const keysRequired = status?.keys_required ?? false;
  const python = vedetteForPython(window.location.origin, keysRequired);
  return (
    <div className={styles.setup}>
      <Sentence words={[{ text: "No runs yet. Two lines bring the first." }]} />
      <section className={styles.way}>
        <h2>In Python</h2>
        <CodeBlock label="shell" code={python.shell} />
        <CodeBlock label="agent.py" code={python.code} />
        <p className="dim">
          From here on each call of OpenAI's client is seen; eleven other libraries are, by their
          names in the brackets.
        </p>
      </section>
      <section className={styles.way}>
        <h2>Instrumented already</h2>
        <CodeBlock label="shell" code={openTelemetry(window.location.origin, keysRequired)} />
        <p className="dim">
          Anything that speaks OpenTelemetry needs only this: LangChain, Pydantic AI, OpenAI Agents,
          Vercel AI, CrewAI, Claude Code and the rest.{" "}
          <Link to="/settings" className="link">
            The lines for each, for Rust and for curl
          </Link>
        </p>
      </section>
      {keysRequired ? (
        <p>
          YOUR_KEY is a key of scope write.{" "}
          <Link to="/settings" search={{ tab: "keys" }} className="link">
            Keys
          </Link>
        </p>
      ) : null}
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
