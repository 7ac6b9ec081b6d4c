/** Models that no price is known for, and the remedy. */
import { Link } from "@tanstack/react-router";
import type { Costs } from "../../api/types";
import { formatCount, plural } from "../../grammar/format";
import type { RangeSearch } from "../../grammar/range";
import { buttonClass } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import { RankList } from "../../ui/RankList";
import styles from "./Unpriced.module.css";

const SHOWN = 10;

export function Unpriced({ models, range }: { models: Costs["unpriced"]; range: RangeSearch }) {
  return (
    <Panel
      title={`${plural(models.length, "model")} without a known price`}
      className={styles.unpriced ?? ""}
      note="Their calls are in no sum on this page."
    >
      <RankList
        label="Models without a price"
        headers={["model", "", "calls", "remedy"]}
        first={SHOWN}
        rows={models.map(({ model, model_calls }) => ({
          id: model,
          name: (
            <Link to="/runs" search={{ ...range, model }} className="mono" title={model}>
              <bdi>{model}</bdi>
            </Link>
          ),
          share: null,
          figures: [
            formatCount(model_calls),
            <Link
              key="remedy"
              to="/settings"
              search={{ tab: "prices", model }}
              className={buttonClass}
              aria-label={`Set a price for ${model}`}
            >
              Set a price
            </Link>,
          ],
        }))}
      />
    </Panel>
  );
}
