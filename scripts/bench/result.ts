/** What `make bench` measures, in the order in which it does. */
export const partNames = ['cost', 'live', 'learn', 'controller', 'reaction', 'lists', 'start'] as const;
export type PartName = (typeof partNames)[number];

export const units = [
  'ns/packet',
  'packets/s',
  'ports',
  's',
  'ms',
  'us',
  'probes',
  '% of a core',
  'MB',
] as const;
export type Unit = (typeof units)[number];

/** One row: what one tool did in one situation, over all rounds. */
export type Result = {
  readonly part: PartName;
  readonly tool: string;
  readonly what: string;
  readonly unit: Unit;
  readonly family?: 4 | 6;
  /** Entries that the tool's table held. */
  readonly blocks?: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** In the order of the rounds: what was measured in one round stands beside what others were in it. */
  readonly samples: readonly number[];
  /** It was more than the figures, which are the greatest that could be told: a histogram's last bound. */
  readonly isBeyond?: boolean;
  /** Of packets/s: packets that were sent and that nobody accounted for, over all rounds. */
  readonly lost?: number;
};

/** A row that could not be measured. It is shown as such, never left out silently. */
export type Missing = Pick<Result, 'part' | 'tool' | 'what' | 'family' | 'blocks'> & { readonly why: string };

export type Outcome = { readonly results: readonly Result[]; readonly missing: readonly Missing[] };

/** What was measured on. */
export type Machine = {
  readonly kernel: string;
  readonly cpu: string;
  readonly cpus: number;
  readonly memoryGb: number;
  readonly node: string;
  /** ISO 8601. */
  readonly at: string;
  readonly command: string;
};

/** build/bench.json */
export type Bench = Outcome & { readonly machine: Machine };
