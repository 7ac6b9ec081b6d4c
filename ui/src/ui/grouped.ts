/** Digits with commas between thousands. By hand, as the locale's own way takes 25 ms before its first number. */
export const grouped = (digits: string) => digits.replace(/\B(?=(\d{3})+$)/g, ",");
