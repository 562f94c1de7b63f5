import type { SourceFacts } from '../../src/replay/report.ts';
import { type Share, shareOf } from './interval.ts';
import { type Folder, folders, type ScanKind, scanKinds, type Truth } from './truth.ts';

/** What a replay has said of a capture. */
export type Outcome = {
  readonly truth: Truth;
  readonly facts: readonly SourceFacts[];
  /** Why there is no replay; expected of a capture that says nothing of IP. */
  readonly failure: { readonly message: string; readonly isExpected: boolean } | undefined;
};

export type KindResult = {
  readonly kind: ScanKind | 'all';
  readonly alerted: Share;
  readonly blocked: Share;
  /** Of each scanner that was alerted of: distinct ports that it had tried by then. */
  readonly ports: readonly number[];
  readonly missed: readonly string[];
};

export type FalseAlarm = {
  readonly file: string;
  readonly source: string;
  readonly rule: string;
  readonly isBlocked: boolean;
};

export type FolderResult = {
  readonly folder: Folder;
  /** Captures in which somebody was alerted of, or blocked, who scans nothing. */
  readonly alerted: Share;
  readonly blocked: Share;
  readonly alarms: readonly FalseAlarm[];
};

export const byScanner = ({ truth, facts }: Outcome): SourceFacts[] =>
  facts.filter(({ source }) => truth.scanners.includes(source));

/** How the scans were found, by kind; a capture counts as found when each of its scanners is. */
export function judgeScans(outcomes: readonly Outcome[]): KindResult[] {
  const scans = outcomes.filter(({ truth }) => truth.folder === 'scan');
  const kinds = scanKinds.filter((kind) => scans.some(({ truth }) => truth.kind === kind));
  return [...kinds, 'all' as const].map((kind) => {
    // Whoever only asks who is there has scanned no port: that he is found or not says nothing.
    const of = scans.filter(({ truth }) =>
      kind === 'all' ? truth.kind !== 'discovery' : truth.kind === kind,
    );
    const isEach = (outcome: Outcome, is: (facts: SourceFacts) => boolean) =>
      byScanner(outcome).filter(is).length === outcome.truth.scanners.length;
    const found = of.filter((outcome) => isEach(outcome, ({ alerted }) => alerted));
    const blocked = of.filter((outcome) => isEach(outcome, (facts) => facts.blocked));
    return {
      kind,
      alerted: shareOf(found.length, of.length),
      blocked: shareOf(blocked.length, of.length),
      ports: found.flatMap(byScanner).flatMap(({ ports_to_alert }) => ports_to_alert ?? []),
      missed: of.filter((outcome) => !found.includes(outcome)).map(({ truth }) => truth.file),
    };
  });
}

/** Who was taken for a scanner and is none, by folder; in scan/ that is everybody but the scanners. */
export function judgeInnocent(outcomes: readonly Outcome[]): FolderResult[] {
  return folders.map((folder) => {
    const of = outcomes.filter(({ truth }) => truth.folder === folder);
    const alarms = of.flatMap(({ truth, facts }) =>
      facts
        .filter(({ alerted, source }) => alerted && !truth.scanners.includes(source))
        .map(({ source, rule, blocked }) => ({
          file: truth.file,
          source,
          rule: rule ?? '',
          isBlocked: blocked,
        })),
    );
    const files = (some: readonly FalseAlarm[]) => new Set(some.map(({ file }) => file)).size;
    return {
      folder,
      alerted: shareOf(files(alarms), of.length),
      blocked: shareOf(files(alarms.filter(({ isBlocked }) => isBlocked)), of.length),
      alarms,
    };
  });
}
