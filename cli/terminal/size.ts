const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** 1610612736 → `1.5 GiB` */
export function formatSize(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(bytes, 1)) / 10)));
  const amount = bytes / 2 ** (10 * power);
  return `${amount >= 100 || power === 0 ? Math.round(amount) : amount.toFixed(1)} ${UNITS[power] ?? 'B'}`;
}
