/** A dialog at an edge of a narrow screen, or in the middle of any. */
import { lazy, Suspense, useState, type ReactNode } from "react";

const Dialog = lazy(() => import("./Dialog"));

export interface SheetProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  side: "left" | "bottom" | "center";
  children: ReactNode;
}

export function Sheet(props: SheetProps) {
  const [wasOpened, setWasOpened] = useState(props.open);
  // It stays, to give the focus back when it is closed.
  if (props.open && !wasOpened) setWasOpened(true);
  if (!wasOpened) return null;
  return (
    <Suspense>
      <Dialog {...props} />
    </Suspense>
  );
}
