/** A page that could not be shown, and why: each cause has its own words and its own way on. */
import type { ErrorComponentProps } from "@tanstack/react-router";
import { Link } from "@tanstack/react-router";
import { ApiError, reachServer } from "../api/client";
import { Button } from "../ui/Button";
import { Notice, Problem } from "../ui/States";

/** Within a page: what could not be shown or done, while the rest stands. */
export function FailureLine({
  error,
  what,
  onRetry,
}: {
  error: Error;
  /** What did not come of it, such as "Nothing was changed". */
  what?: string;
  onRetry?: () => void;
}) {
  return (
    <Notice tone="bad" role="alert">
      {what ? `${what}: ${error.message}` : sentenceCase(error.message)}
      {onRetry ? (
        <>
          {" "}
          <Button look="quiet" onClick={onRetry}>
            Try again
          </Button>
        </>
      ) : null}
    </Notice>
  );
}

const sentenceCase = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;

/** Where what is not there would be listed. */
const LISTS = {
  agent: { to: "/agents", words: "All agents" },
  incident: { to: "/incidents", words: "All incidents" },
  page: { to: "/", words: "To the overview" },
  rule: { to: "/alerts", words: "All rules" },
  run: { to: "/runs", words: "All runs" },
  session: { to: "/sessions", words: "All sessions" },
  span: { to: "/runs", words: "All runs" },
} as const;

export function Failure({
  error,
  onRetry,
  what = "page",
}: {
  error: Error;
  onRetry?: (() => void) | undefined;
  /** What the address names. */
  what?: keyof typeof LISTS;
}) {
  if (!(error instanceof ApiError)) {
    return (
      <Problem title="This page broke." onRetry={onRetry}>
        <p>It is a fault of the page, not of your data: {error.message}</p>
      </Problem>
    );
  }
  if (error.status === 0) {
    return (
      <Problem title="The server does not answer." onRetry={onRetry}>
        <p>
          Is <code>vedette serve</code> still running? Nothing it acknowledged is lost.
        </p>
      </Problem>
    );
  }
  if (error.status === 404) {
    return (
      <Problem title={`There is no such ${what}.`}>
        <p>
          It may have been deleted, have outlived its retention, or belong to another account.{" "}
          <Link to={LISTS[what].to} className="link">
            {LISTS[what].words}
          </Link>
        </p>
      </Problem>
    );
  }
  if (error.status === 403) {
    // The server says which would do.
    const scope = /\bscope (\w+)/.exec(error.message)?.[1];
    return (
      <Problem title="Your key may not see this.">
        <p>
          The server says: {error.message}.
          {scope ? (
            <>
              {" "}
              An administrator makes keys with <code>{`vedette keys create --scope ${scope}`}</code>
              .
            </>
          ) : null}
        </p>
      </Problem>
    );
  }
  if (error.status === 429) {
    return (
      <Problem title="The server is asked too much at once." onRetry={onRetry}>
        <p>It says: {error.message}. Try again in a moment.</p>
      </Problem>
    );
  }
  return (
    <Problem
      title={error.status >= 500 ? "The server could not answer." : "The server refused."}
      onRetry={onRetry}
    >
      <p>
        {error.message}
        {error.field ? ` (${error.field})` : ""}{" "}
        <span className="faint">{`${error.status} ${error.code}`}</span>
      </p>
    </Problem>
  );
}

/** What a page threw. Code that did not come is loaded with its document, once there is who gives it. */
export function RouteFailure({ error, reset }: ErrorComponentProps) {
  const unanswered = error instanceof ApiError && error.status === 0;
  const reload = () =>
    void reachServer().then(
      () => window.location.reload(),
      () => {},
    );
  return (
    <Failure
      error={error instanceof Error ? error : new Error(String(error))}
      onRetry={unanswered ? reload : reset}
    />
  );
}

export function NotFound() {
  return (
    <Problem title="There is no such page.">
      <p>
        <Link to="/runs" className="link">
          To the runs
        </Link>
      </p>
    </Problem>
  );
}
