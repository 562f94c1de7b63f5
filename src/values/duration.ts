/** What the kernel counts in. */
export const NS_PER_MS = 1_000_000;
export const NS_PER_SECOND = 1_000_000_000;

const MS_OF = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
type Unit = keyof typeof MS_OF;

/** Longest duration that is still a duration: what lasts longer is "forever". */
export const MAX_DURATION_MS = 3650 * MS_OF.d;

/** Milliseconds of `500ms`, `30s`, `10m`, `1h30m`, `7d`; undefined for anything else, for 0 and beyond ten years. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d{1,9}(ms|s|m|h|d|w))+$/.test(text)) return undefined;
  let ms = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|s|m|h|d|w)/g)) {
    ms += Number(count) * MS_OF[unit as Unit];
  }
  return ms > 0 && ms <= MAX_DURATION_MS ? ms : undefined;
}

/** The two largest units that are not zero: `10m`, `1h30m`, `2d`, `3s`, `250ms`. Cuts off what is smaller. */
export function formatDuration(ms: number): string {
  const parts: string[] = [];
  let rest = Math.max(0, Math.floor(ms));
  for (const unit of ['w', 'd', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(rest / MS_OF[unit]);
    rest -= count * MS_OF[unit];
    if (count > 0) parts.push(`${count}${unit}`);
    if (parts.length === 2 || (parts.length === 1 && unit === 's')) break;
  }
  return parts.join('') || '0s';
}
