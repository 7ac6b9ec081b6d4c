import { Fragment } from "react";

/** A name such as `gen_ai.usage.input_tokens`: where it has no room a line ends after a sign, not in a word. */
export function DottedName({ name }: { name: string }) {
  return name.split(/(?<=[._/:-])/).map((part, at) => (
    // oxlint-disable-next-line react/no-array-index-key -- the parts of one name have no other identity
    <Fragment key={at}>
      {part}
      <wbr />
    </Fragment>
  ));
}
