import { contains, type Prefix, parsePrefix } from '../../../src/values/prefix.ts';
import type { SceneFacts } from './play.ts';
import type { Scene } from './scene.ts';

/** Somebody whom nothing may happen to, and what has. */
export type Harm = {
  readonly source: string;
  readonly rule: string | null;
  readonly isBlocked: boolean;
  readonly longestBlockSeconds: number;
};

/** What came of a scene. */
export type Verdict = {
  readonly scene: Scene;
  /** An alert names a scanner, or a network or group that he is in. */
  readonly isFound: boolean;
  readonly isBlocked: boolean;
  /** Scanners that alerts name, of all. */
  readonly named: number;
  /** Of the first alert of a scanner. */
  readonly portsToAlert: number | undefined;
  /** What the alerted scanners are said to be, and to use; undefined: none is alerted of. */
  readonly class: string | undefined;
  /** Of all scanners, alerted of or not: a tool shows in a single packet. */
  readonly tool: string | undefined;
  /** Those in whose name somebody else has sent: each that was alerted of or blocked. */
  readonly forged: readonly Harm[];
  /** Everybody else who was alerted of or blocked. */
  readonly innocent: readonly Harm[];
};

/** Holds what the replay says of a scene against what is true of it. */
export function judge(scene: Scene, facts: readonly SceneFacts[]): Verdict {
  const scanners = scene.scanners.map(addressIn);
  const forged = scene.forged.map(addressIn);
  const isAmong = (those: readonly Prefix[], { source }: SceneFacts) => {
    const network = parsePrefix(source);
    // A group that has a name in the place of an address is made of those who scan together.
    return network
      ? those.some((address) => contains(network, address))
      : those === scanners && those.length > 0;
  };
  const ofScanners = facts.filter((fact) => isAmong(scanners, fact));
  const alerted = ofScanners.filter((fact) => fact.alerted);
  const first = alerted.toSorted((a, b) => (a.alerted_at! < b.alerted_at! ? -1 : 1))[0];
  const others = facts.filter((fact) => !ofScanners.includes(fact) && (fact.alerted || fact.blocked));
  return {
    scene,
    isFound: alerted.length > 0,
    isBlocked: ofScanners.some(({ blocked }) => blocked),
    named: scanners.filter((address) => alerted.some((fact) => isAmong([address], fact))).length,
    portsToAlert: first?.ports_to_alert ?? undefined,
    class: first && (alerted.find((fact) => fact.class === scene.class) ?? first).class,
    tool: ofScanners.find(({ tool }) => tool !== null)?.tool ?? undefined,
    forged: others.filter((fact) => isAmong(forged, fact)).map(harmOf),
    innocent: others.filter((fact) => !isAmong(forged, fact)).map(harmOf),
  };
}

const harmOf = ({ source, rule, blocked, longestBlockSeconds }: SceneFacts): Harm => ({
  source,
  rule,
  isBlocked: blocked,
  longestBlockSeconds,
});

function addressIn(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (!prefix) throw new RangeError(`"${text}" is no address`);
  return prefix;
}
