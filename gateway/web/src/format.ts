/** Numbers, dates and sizes in the reader's own locale. */

const locale = () => navigator.languages?.[0] ?? "en";

/** A count: 1234 -> "1,234". */
export function count(value: number): string {
  return new Intl.NumberFormat(locale()).format(value);
}

/** A share given in percent: 20.07 -> "20.1 %". */
export function percent(value: number | null | undefined, digits = 1): string {
  if (value === null || value === undefined) return "–";
  return new Intl.NumberFormat(locale(), {
    style: "percent",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value / 100);
}

/** A number with so many digits behind the point. */
export function decimal(value: number, digits = 2): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
}

/** A difference in percentage points, always with its sign. */
export function points(value: number, digits = 1): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits, signDisplay: "exceptZero" }).format(
    value,
  );
}

/** A moment: "24 Nov 2026, 14:05". */
export function moment(value: string): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(
    new Date(value),
  );
}

/** A day: "24 Nov 2026". */
export function day(value: string): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium" }).format(new Date(value));
}

/** A file's size: 3_400_000 -> "3.4 MB". */
export function fileSize(bytes: number): string {
  const [amount, unit] = bytes < 1e6 ? [bytes / 1e3, "kilobyte"] : [bytes / 1e6, "megabyte"];
  return new Intl.NumberFormat(locale(), { style: "unit", unit, maximumFractionDigits: 1 }).format(amount);
}
