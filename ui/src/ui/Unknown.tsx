/** A figure that is not known: `–`, and why. */
export function Unknown({ reason }: { reason: string }) {
  return (
    <span className="faint" title={reason}>
      <span aria-hidden="true">–</span>
      <span className="visually-hidden">unknown: {reason}</span>
    </span>
  );
}
