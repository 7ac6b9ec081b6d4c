/** The dialog behind a sheet, which fetches it when first opened. */
import { Dialog as Base } from "@base-ui/react/dialog";
import { Icon } from "./Icon";
import type { SheetProps } from "./Sheet";
import styles from "./Sheet.module.css";

export default function Dialog({ open, onOpenChange, title, side, children }: SheetProps) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Backdrop className={styles.backdrop} />
        <Base.Popup className={`${styles.popup} ${styles[side]}`}>
          <header className={styles.head}>
            <Base.Title>{title}</Base.Title>
            <Base.Close className={styles.close} aria-label="Close">
              <Icon name="close" />
            </Base.Close>
          </header>
          <div className={styles.body}>{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
