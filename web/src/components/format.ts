/** when writes a time in the reader's zone. */
export function when(date: Date | string | undefined): string {
  if (!date) return '–';
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(date));
}

/** roughly writes a time span, in milliseconds, in minutes, hours or days: about 3 hours. */
export function roughly(span: number): string {
  const minutes = span / 60_000;
  const [n, unit] = minutes < 90 ? [minutes, 'minute'] : minutes < 36 * 60 ? [minutes / 60, 'hour'] : [minutes / 1440, 'day'];
  const whole = Math.max(1, Math.round(n));
  return `about ${whole} ${unit}${whole === 1 ? '' : 's'}`;
}

/** bytes writes a size with a binary unit: 1.5 MiB. */
export function bytes(n: number | undefined): string {
  if (n === undefined) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let i = 0;
  let value = n;
  for (; value >= 1024 && i < units.length - 1; i++) value /= 1024;
  return `${i === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[i]}`;
}
