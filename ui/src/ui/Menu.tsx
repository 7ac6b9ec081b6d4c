/** A button that opens a list. MenuButton stands in its place until it is reached for. */
import { Menu as Base } from "@base-ui/react/menu";
import { useLayoutEffect, useRef } from "react";
import { buttonClass } from "./Button";
import { Icon } from "./Icon";
import styles from "./Menu.module.css";
import type { MenuProps } from "./MenuButton";

export default function Menu({
  label,
  title,
  disabled,
  children,
  one,
  some,
  actions,
  note,
  opens,
  takesFocus,
}: MenuProps & { opens: boolean; takesFocus: boolean }) {
  const trigger = useRef<HTMLButtonElement>(null);
  const focusOnce = useRef(takesFocus);
  useLayoutEffect(() => {
    if (focusOnce.current) trigger.current?.focus();
    focusOnce.current = false;
  }, []);
  return (
    <Base.Root modal={false} defaultOpen={opens}>
      <Base.Trigger
        ref={trigger}
        className={buttonClass}
        aria-label={label}
        title={title}
        disabled={disabled}
      >
        {children}
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner sideOffset={4} align="end" className={styles.positioner}>
          <Base.Popup className={styles.popup}>
            {one ? (
              <Base.RadioGroup value={one.value} onValueChange={one.onChange}>
                {one.options.map(({ value, label: words }) => (
                  <Base.RadioItem key={value} value={value} className={styles.item} closeOnClick>
                    <span className={styles.mark}>
                      <Base.RadioItemIndicator>
                        <Icon name="check" size={12} />
                      </Base.RadioItemIndicator>
                    </span>
                    {words}
                  </Base.RadioItem>
                ))}
              </Base.RadioGroup>
            ) : null}
            {some?.options.map(({ value, label: words }) => (
              <Base.CheckboxItem
                key={value}
                checked={some.chosen.has(value)}
                onCheckedChange={(checked) => some.onChange(value, checked)}
                className={styles.item}
              >
                <span className={styles.mark}>
                  <Base.CheckboxItemIndicator>
                    <Icon name="check" size={12} />
                  </Base.CheckboxItemIndicator>
                </span>
                {words}
              </Base.CheckboxItem>
            ))}
            {actions?.options.map(({ value, label: words }) => (
              <Base.Item
                key={value}
                className={styles.item}
                onClick={() => actions.onChoose(value)}
              >
                {/* In line with what can be chosen above. */}
                {one ? <span className={styles.mark} /> : null}
                {words}
              </Base.Item>
            ))}
            {note}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
