/** Which channels are told: all, if none is named. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FailureLine } from "../../app/Failure";
import { FieldGroup, FieldRow, Tick } from "../../ui/Form";
import { channelsQuery } from "./useChannels";

export function ChannelTicks({
  chosen,
  onChange,
}: {
  /** Ids or names. */
  chosen: string[];
  onChange: (chosen: string[]) => void;
}) {
  const channels = useQuery(channelsQuery);
  const known = channels.data ?? [];
  const isKnown = (word: string) => known.some(({ id, name }) => id === word || name === word);
  const words = [...known.map(({ name }) => name), ...chosen.filter((word) => !isKnown(word))];
  const idOf = (name: string) => known.find((channel) => channel.name === name)?.id;
  const isChosen = (name: string) => chosen.includes(name) || chosen.includes(idOf(name) ?? "");
  return (
    <FieldGroup label="Tell">
      {channels.isLoadingError ? (
        <FailureLine error={channels.error} onRetry={() => void channels.refetch()} />
      ) : null}
      {words.length === 0 ? (
        <span className="dim">
          There is no channel yet, so nobody is told.{" "}
          <Link to="/settings" search={{ tab: "channels" }} className="link">
            Make one
          </Link>
        </span>
      ) : (
        <>
          <FieldRow>
            {words.map((name) => (
              <Tick
                key={name}
                label={name}
                checked={isChosen(name)}
                onChange={(checked) =>
                  onChange(
                    checked
                      ? [...chosen, name]
                      : chosen.filter((word) => word !== name && word !== idOf(name)),
                  )
                }
              />
            ))}
          </FieldRow>
          {chosen.length === 0 ? (
            <span className="dim">None chosen: every channel is told.</span>
          ) : null}
        </>
      )}
    </FieldGroup>
  );
}
