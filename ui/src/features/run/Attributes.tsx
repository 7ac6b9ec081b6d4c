/** All attributes as they were received, those of the span, of its process and of its instrumentation. */
import { useState } from "react";
import type { SpanDetail } from "../../api/types";
import { DottedName } from "../../ui/DottedName";
import { LongText } from "../../ui/LongText";
import { JsonTree } from "../../ui/JsonTree";
import styles from "./Attributes.module.css";
import { asJson } from "./asJson";

export function Attributes({ detail }: { detail: SpanDetail }) {
  const [filter, setFilter] = useState("");
  const groups = [
    { label: "span", values: detail.attributes },
    { label: "resource", values: detail.resource },
    { label: "scope", values: detail.scope },
  ];
  const wanted = filter.toLowerCase();
  return (
    <div className={styles.attributes}>
      <input
        type="search"
        aria-label="Filter attributes"
        placeholder="Filter"
        value={filter}
        onChange={(event) => setFilter(event.target.value)}
        className={styles.filter}
      />
      {groups.map(({ label, values }) => {
        const entries = Object.entries(values).filter(
          ([key, value]) =>
            wanted === "" ||
            key.toLowerCase().includes(wanted) ||
            String(value).toLowerCase().includes(wanted),
        );
        if (entries.length === 0) return null;
        entries.sort(([a], [b]) => (a < b ? -1 : 1));
        return (
          <section key={label} aria-label={`Attributes of the ${label}`}>
            <h3>{label}</h3>
            <dl>
              {entries.map(([key, value]) => (
                <div key={key}>
                  <dt>
                    <DottedName name={key} />
                  </dt>
                  <dd>
                    <AttributeValue value={value} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        );
      })}
    </div>
  );
}

function AttributeValue({ value }: { value: unknown }) {
  const json = asJson(value);
  if (json !== undefined) return <JsonTree value={json} openDepth={0} />;
  if (value === "") return <span className="faint">empty</span>;
  return <LongText text={String(value)} max={600} />;
}
