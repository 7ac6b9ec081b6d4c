import { useState } from "react";
import { Button } from "../../ui/Button";
import { CodeBlock } from "../../ui/CodeBlock";
import { clients } from "./clients";
import styles from "./SettingsPage.module.css";

export function SendHere({ keysRequired }: { keysRequired: boolean }) {
  const all = clients(window.location.origin, keysRequired);
  const [chosen, setChosen] = useState(all[0]?.name);
  const client = all.find(({ name }) => name === chosen);
  return (
    <div className={styles.part}>
      <p className="dim">
        Copy the lines for what your agent is built with. The address in them is this server's.
        {keysRequired ? " YOUR_KEY is a key of scope write." : ""}
      </p>
      <div role="group" aria-label="Clients" className={styles.chooser}>
        {all.map(({ name }) => (
          <Button key={name} aria-pressed={name === chosen} onClick={() => setChosen(name)}>
            {name}
          </Button>
        ))}
      </div>
      {client?.note ? <p>{client.note}</p> : null}
      {client?.blocks.map(({ label, code }) => (
        <CodeBlock key={label} label={label} code={code} />
      ))}
    </div>
  );
}
