import type { Evaluation } from '../evaluation.ts';
import type { Section } from './section.ts';

/** M3: campaigns that are none, and what one takes to be seen. */
export const noise = ({ backgrounds = [] }: Evaluation): Section => ({
  metric: 'M3',
  title: 'Campaigns in noise',
  about:
    'Nothing but noise: each probe of a source of its own, at random moments. Its ports are drawn anew each time, some more often than others (as the rank to the power of -1.2 or -0.8), or all alike. ' +
    'Needed: distinct ports within an hour, drawn from all 65,535, each of another source, that a campaign takes on top of what is usual at the end. Right is one false alert in 100 days, and 30 ports.',
  head: ['noise', 'probes an hour', 'usual ports', 'usual by rarity', 'needed', 'days', 'false alerts'],
  rows: backgrounds.map((it) => [
    it.noise,
    it.perHour,
    Math.round(it.all.usual),
    Math.round(it.rare.usual),
    it.needed,
    it.days,
    it.alarms,
  ]),
  notes: [],
});
