import { Link } from "@tanstack/react-router";
import type { Costs } from "../../api/types";
import { Cost } from "../../grammar/figures";
import { formatCount } from "../../grammar/format";
import { RankList } from "../../ui/RankList";
import { useNow } from "../../ui/useNow";
import { Unknown } from "../../ui/Unknown";
import { calendar, partOfDay } from "./days";

const SHOWN = 14;

/** Newest first. The day that is not over, and one that the range cuts, are said to be so. */
export function DailySpend({ costs, until }: { costs: Costs; until: string | undefined }) {
  const days = calendar(costs.rows);
  const most = Math.max(0, ...days.map(({ costUsd }) => Number(costUsd ?? 0)));
  const now = useNow();
  if (days.length === 0) return <p className="dim">Nothing ran in this range.</p>;
  return (
    <RankList
      label="Daily spend"
      headers={["day", "", "cost", "runs"]}
      first={SHOWN}
      of="days"
      rows={days.map(({ date, costUsd, runs }) => {
        const { cut, ...range } = partOfDay(date, { since: costs.since, until }, now);
        return {
          id: date,
          name: (
            <Link
              to="/runs"
              search={range}
              title={cut === "in part" ? "the range begins or ends within this day" : undefined}
            >
              {date}
              {cut ? <span className="faint"> {cut}</span> : null}
            </Link>
          ),
          share: most > 0 ? Number(costUsd ?? 0) / most : 0,
          figures: [
            costUsd === null ? (
              <Unknown key="cost" reason="none of its calls has a known price" />
            ) : (
              <Cost key="cost" usd={costUsd} />
            ),
            formatCount(runs),
          ],
        };
      })}
    />
  );
}
