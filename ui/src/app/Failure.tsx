/** A page that could not be shown, and why: each cause has its own words and its own way on. */
import type { ErrorComponentProps } from "@tanstack/react-router";
import { Link } from "@tanstack/react-router";
import { ApiError, reachServer } from "../api/client";
import { Problem } from "../ui/States";

export function Failure({
  error,
  onRetry,
  what,
}: {
  error: Error;
  onRetry?: () => void;
  what?: string;
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
      <Problem title={what ? `There is no such ${what}.` : "There is nothing here."}>
        <p>
          It may have been deleted, have outlived its retention, or belong to another account.{" "}
          <Link to="/runs" className="link">
            All runs
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
