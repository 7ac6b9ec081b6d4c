/** Buttons that open a list of which one is chosen, or any number. */
import { Menu } from "@base-ui/react/menu";
import type { ReactNode } from "react";
import { buttonClass } from "./Button";
import { Icon, type IconName } from "./Icon";
import styles from "./Menu.module.css";

export interface Option {
  value: string;
  label: string;
}

/** One of the options; `children` are further items below them. */
export function Choice({
  label,
  value,
  shown,
  options,
  onChange,
  children,
}: {
  label: string;
  /** Null if none of the options is chosen. */
  value: string | null;
  /** What is chosen then. */
  shown?: string;
  options: readonly Option[];
  onChange: (value: string) => void;
  children?: ReactNode;
}) {
  const words = options.find((option) => option.value === value)?.label ?? shown ?? value;
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className={buttonClass} aria-label={`${label}: ${words}`}>
        {words}
        <Icon name="down" size={12} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end" className={styles.positioner}>
          <Menu.Popup className={styles.popup}>
            <Menu.RadioGroup value={value} onValueChange={onChange}>
              {options.map((option) => (
                <Menu.RadioItem
                  key={option.value}
                  value={option.value}
                  className={styles.item}
                  closeOnClick
                >
                  <span className={styles.mark}>
                    <Menu.RadioItemIndicator>
                      <Icon name="check" size={12} />
                    </Menu.RadioItemIndicator>
                  </span>
                  {option.label}
                </Menu.RadioItem>
              ))}
            </Menu.RadioGroup>
            {children}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

/** A button that opens a list of which any number are chosen. */
export function Choices({
  label,
  icon,
  chosen,
  options,
  onChange,
}: {
  label: string;
  icon: IconName;
  chosen: ReadonlySet<string>;
  options: Option[];
  onChange: (value: string, chosen: boolean) => void;
}) {
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className={buttonClass} aria-label={label} title={label}>
        <Icon name={icon} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end" className={styles.positioner}>
          <Menu.Popup className={styles.popup}>
            {options.map((option) => (
              <Menu.CheckboxItem
                key={option.value}
                checked={chosen.has(option.value)}
                onCheckedChange={(checked) => onChange(option.value, checked)}
                className={styles.item}
              >
                <span className={styles.mark}>
                  <Menu.CheckboxItemIndicator>
                    <Icon name="check" size={12} />
                  </Menu.CheckboxItemIndicator>
                </span>
                {option.label}
              </Menu.CheckboxItem>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

/** A button that opens a list of things to do. */
export function Actions({
  label,
  options,
  onChoose,
  disabled = false,
}: {
  label: string;
  options: Option[];
  onChoose: (value: string) => void;
  disabled?: boolean;
}) {
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className={buttonClass} disabled={disabled}>
        {label}
        <Icon name="down" size={12} />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end" className={styles.positioner}>
          <Menu.Popup className={styles.popup}>
            {options.map(({ value, label: words }) => (
              <Menu.Item key={value} className={styles.item} onClick={() => onChoose(value)}>
                {words}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
