/** How to send here, who may, who is told, when incidents are over, what calls cost, how long runs are kept. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { failureOf } from "../../api/client";
import { statusQuery } from "../../api/queries";
import { Failure } from "../../app/Failure";
import { PageHead } from "../../ui/PageHead";
import { Sentence } from "../../ui/Sentence";
import { Loading } from "../../ui/States";
import { Tabs } from "../../ui/Tabs";
import { useDocumentTitle } from "../../ui/useDocumentTitle";
import { Channels } from "../channels/Channels";
import { Data } from "./Data";
import { Incidents } from "./Incidents";
import { Keys } from "./Keys";
import { Prices } from "./Prices";
import { SendHere } from "./SendHere";
import { TABS } from "./search";
import styles from "./SettingsPage.module.css";

export function SettingsPage() {
  const search = useSearch({ from: "/shell/settings" });
  const navigate = useNavigate();
  const status = useQuery(statusQuery);
  useDocumentTitle("Settings");
  const error = failureOf(status);
  if (error || !status.data) {
    return (
      <>
        <PageHead crumb="Settings" />
        {error ? (
          <Failure error={error} onRetry={() => void status.refetch()} />
        ) : (
          <Loading label="Loading the settings" />
        )}
      </>
    );
  }
  return (
    <>
      <PageHead crumb="Settings" />
      <Sentence
        words={[
          { text: `Vedette ${status.data.version}, account ` },
          { text: status.data.account, code: true },
          { text: "." },
        ]}
      />
      <div className={styles.frame}>
        <Tabs
          label="Settings"
          chosen={search.tab ?? "setup"}
          onChoose={(id) => {
            const tab = TABS.find((each) => each === id);
            if (tab) void navigate({ to: "/settings", search: { tab } });
          }}
          tabs={[
            {
              id: "setup",
              label: "Send here",
              panel: <SendHere keysRequired={status.data.keys_required} />,
            },
            { id: "keys", label: "Keys", panel: <Keys status={status.data} /> },
            { id: "channels", label: "Channels", panel: <Channels /> },
            { id: "incidents", label: "Incidents", panel: <Incidents /> },
            {
              id: "prices",
              label: "Prices",
              panel: <Prices model={search.model} key={search.model} />,
            },
            { id: "data", label: "Data", panel: <Data status={status.data} /> },
          ]}
        />
      </div>
    </>
  );
}
