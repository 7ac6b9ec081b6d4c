import type { ButtonHTMLAttributes, Ref } from "react";
import styles from "./Button.module.css";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: "plain" | "primary" | "quiet";
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ look = "plain", className = "", type = "button", ...rest }: ButtonProps) {
  return (
    <button type={type} className={`${styles.button} ${styles[look]} ${className}`} {...rest} />
  );
}

/** For links and menu triggers that should look like a button. */
export const buttonClass = `${styles.button} ${styles.plain}`;
