/** Buttons that open a list: which one is chosen, which are, or what to do. */
import { Icon, type IconName } from "./Icon";
import { MenuButton, type MenuProps, type Option } from "./MenuButton";

/** One of the options; `actions` are things to do below them. */
export function Choice({
  label,
  value,
  shown,
  options,
  onChange,
  ...more
}: {
  label: string;
  /** Null if none of the options is chosen. */
  value: string | null;
  /** What is chosen then. */
  shown?: string;
  options: readonly Option[];
  onChange: (value: string) => void;
} & Pick<MenuProps, "actions" | "note">) {
  const words = options.find((option) => option.value === value)?.label ?? shown ?? value;
  return (
    <MenuButton label={`${label}: ${words}`} one={{ value, options, onChange }} {...more}>
      {words}
      <Icon name="down" size={12} />
    </MenuButton>
  );
}

/** A button that opens a list of which any number are chosen. */
export function Choices({
  label,
  icon,
  ...some
}: {
  label: string;
  icon: IconName;
  chosen: ReadonlySet<string>;
  options: Option[];
  onChange: (value: string, chosen: boolean) => void;
}) {
  return (
    <MenuButton label={label} title={label} some={some}>
      <Icon name={icon} />
    </MenuButton>
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
    <MenuButton disabled={disabled} actions={{ options, onChoose }}>
      {label}
      <Icon name="down" size={12} />
    </MenuButton>
  );
}
