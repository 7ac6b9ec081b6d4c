import { Sheet } from "../ui/Sheet";
import { useRegisteredShortcuts } from "../ui/shortcuts";
import styles from "./Help.module.css";

const NAMES: Record<string, string> = {
  ArrowDown: "↓",
  ArrowUp: "↑",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "esc",
  Enter: "enter",
};

export function Help({
  open,
  onOpenChange,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const shortcuts = useRegisteredShortcuts();
  return (
    <Sheet open={open} onOpenChange={onOpenChange} title="Keys on this page" side="center">
      <dl className={styles.keys}>
        {shortcuts.map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{NAMES[key] ?? key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Sheet>
  );
}
