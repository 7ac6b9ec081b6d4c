import { Link } from "@tanstack/react-router";
import type { Costs } from "../../api/types";
import { Cost } from "../../grammar/figures";
import { formatCount } from "../../grammar/format";
import { zoneWords } from "../../grammar/range";
import { RankList } from "../../ui/RankList";
import { useNow } from "../../ui/useNow";
import { Unknown } from "../../ui/Unknown";
import { calendar, dayRange } from "./days";

const SHOWN = 14;

/** Newest first. The day that is not over is said to be so. */
export function DailySpend({ costs }: { costs: Costs }) {
  const days = calendar(costs.rows);
  const most = Math.max(0, ...days.map(({ costUsd }) => Number(costUsd ?? 0)));
  const now = new Date(useNow());
  const today = `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-${String(now.getDate()).padStart(2, "0")}`;
  if (days.length === 0) return <p className="dim">Nothing ran in this range.</p>;
  return (
    <>
      <RankList
        label="Daily spend"
        headers={["day", "", "cost", "runs"]}
        first={SHOWN}
        of="days"
        rows={days.map(({ date, costUsd, runs }) => ({
          id: date,
          name: (
            <Link to="/runs" search={dayRange(date)}>
              {date}
              {date === today ? <span className="faint"> so far</span> : null}
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
        }))}
      />
      <p className="faint">Days are {zoneWords(now.getTime())}.</p>
    </>
  );
}
