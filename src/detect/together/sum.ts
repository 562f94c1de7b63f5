import { hostKey } from '../host-key.ts';
import { portKey } from '../port-key.ts';
import { type Probe, type ProbeKind, probeKinds } from '../probe.ts';
import { targetKey } from '../rule-state.ts';
import { areKeysReached, displaced, keysWithin, NOTHING, noteKey, type Recent, seenNs } from '../window.ts';
import { Contributions } from './contributions.ts';
import { halfOf, type Member, type NetworkRule, type Share } from './member.ts';

/** What a rule may count, and what it asks for of it. */
const dimensions = ['ports', 'hosts', 'targets'] as const;

/** What a probe brings to each. */
const keyOf: { readonly [What in (typeof dimensions)[number]]: (probe: Probe) => number } = {
  ports: portKey,
  hosts: ({ destination }) => hostKey(destination),
  targets: targetKey,
};

type Brought = {
  readonly ports: Contributions;
  readonly hosts?: Contributions;
  readonly targets?: Contributions;
};

/** What the members of a network have brought together for one rule. Noting a probe and asking costs the same for 2 members and for 256. */
export class Sum {
  readonly #rule: NetworkRule;
  readonly #index: number;
  /** Members that an alert has told of, and when the first of its window was. */
  told: { readonly firedNs: number; readonly members: number } | undefined;
  /** All ports together: while these are too few, nobody has to know who has brought which. */
  #ports: Recent = NOTHING;
  #kinds: Recent = NOTHING;
  #brought: Brought | undefined;

  /** `index`: the number of the rule. */
  constructor(rule: NetworkRule, index: number) {
    this.#rule = rule;
    this.#index = index;
  }

  /** `count` probes of the member, of which this is the one that was told of. */
  note(member: Member, probe: Probe, count: number): void {
    const { atNs } = probe;
    const share = member.shareOf(this.#index, this.#rule);
    const before = { ports: share.ports, hosts: share.hosts, targets: share.targets };
    share.note(probe, count);
    this.#ports = noteKey(this.#ports, portKey(probe), atNs, this.#rule.ports);
    this.#kinds = noteKey(this.#kinds, probeKinds.indexOf(probe.kind), atNs, probeKinds.length);
    for (const what of dimensions) {
      const brought = this.#brought?.[what];
      if (!brought) continue;
      const gone = displaced(before[what], share[what]);
      if (gone !== undefined) brought.remove(member.number, gone);
      const key = keyOf[what](probe);
      const seen = seenNs(share[what], key); // it may be told of late, and be too old for the share
      if (seen !== undefined) brought.note(member.number, key, seen);
    }
  }

  /** Nothing of that member counts any more. */
  forget({ number, shares }: Member): void {
    const share = shares[this.#index];
    if (!share) return;
    for (const what of dimensions)
      for (let at = 0; at < share[what].length; at += 2)
        this.#brought?.[what]?.remove(number, share[what][at]!);
  }

  /** So many members, with all that the rule asks for but the number of probes; half of it without whoever has brought the most. */
  isEnough(wanted: number, members: ReadonlyMap<string, Member>, atNs: number): boolean {
    const { ports, windowNs } = this.#rule;
    if (members.size < wanted || !areKeysReached(this.#ports, ports, atNs, windowNs)) return false;
    this.#brought ??= this.#broughtBy(members);
    return dimensions.every((what) => {
      const brought = this.#brought![what];
      if (!brought) return true;
      brought.forgetBefore(atNs - windowNs);
      return (
        brought.members >= wanted &&
        brought.size >= this.#rule[what] &&
        brought.withoutBusiest >= halfOf(this.#rule[what])
      );
    });
  }

  /** Those of which something counts now; to be asked when it is enough. */
  partsOf(members: ReadonlyMap<string, Member>): { readonly member: Member; readonly share: Share }[] {
    return [...members.values()].flatMap((member) => {
      const share = member.shares[this.#index];
      return share && this.#brought!.ports.has(member.number) ? { member, share } : [];
    });
  }

  /** What was brought when it was enough. */
  keys(what: 'ports' | 'hosts'): number[] {
    return [...(this.#brought?.[what]?.keys() ?? [])];
  }

  kindsAt(nowNs: number): ProbeKind[] {
    return keysWithin(this.#kinds, nowNs, this.#rule.windowNs).map((place) => probeKinds[place]!);
  }

  /** In the order of time, which is that in which it will be let go. */
  #broughtBy(members: ReadonlyMap<string, Member>): Brought {
    const rule = this.#rule;
    const brought: Brought = {
      ports: new Contributions(),
      ...(rule.hosts > 1 && { hosts: new Contributions() }),
      ...(rule.targets > 1 && { targets: new Contributions() }),
    };
    for (const what of dimensions) {
      const notes: [number: number, key: number, atNs: number][] = [];
      for (const { number, shares } of members.values()) {
        const recent = shares[this.#index]?.[what] ?? NOTHING;
        for (let at = 0; at < recent.length; at += 2) notes.push([number, recent[at]!, recent[at + 1]!]);
      }
      notes.sort(([, , a], [, , b]) => a - b);
      for (const note of notes) brought[what]?.note(...note);
    }
    return brought;
  }
}
