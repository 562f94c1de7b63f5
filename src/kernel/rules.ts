import { createHash } from 'node:crypto';
import type { BpfMap } from 'bpf-loader-native';
import type { Protocol } from '../detect/probe.ts';
import { indexKey } from './counters.ts';
import type { KernelRule } from './kernel-rule.ts';
import { kinds, protocols } from './names.ts';
import { makeStruct, type ScalarField, writeField } from './struct.ts';
import { taggedRule } from './tagged-rule.ts';
import { instantLayout, kind, ruleBounds, ruleLayout } from './wire.generated.ts';

export type { KernelRule } from './kernel-rule.ts';

/** What such a rule remembers of each source, in slots of struct xs_source. */
export type Slots = { readonly ports: number; readonly probes: number };

/** One port is enough with any probe; each port took a probe, so that fewer probes than ports ask for nothing more. */
export const slotsOf = ({ ports, probes }: Pick<KernelRule, 'ports' | 'probes'>): Slots => ({
  ports: ports > 1 ? ports : 0,
  probes: probes > ports ? probes : 0,
});

/** One probe decides: nothing is to be remembered. */
const isInstant = (rule: KernelRule): boolean => rule.ports === 1 && rule.probes === 1;

/** Those that take several probes: struct xs_rule, one each. */
export const countingRules = (rules: readonly KernelRule[]): KernelRule[] =>
  rules.filter((rule) => !isInstant(rule));

/** So that 0, which blocks have that no rule has made, is no rule's. */
const TAG_BIT = 0x8000_0000;

/**
 * Stands for these rules, and hardly for any others: what the program of another policy has left behind is told apart by it. 32 bits,
 * and some of the upper half.
 */
export function rulesTag(rules: readonly KernelRule[]): number {
  const facts = rules.map((rule) => ({
    ...rule,
    kinds: [...rule.kinds].sort(),
    protocols: [...rule.protocols].sort(),
    windowNs: String(rule.windowNs),
  }));
  return (createHash('sha256').update(JSON.stringify(facts)).digest().readUInt32LE(0) | TAG_BIT) >>> 0;
}

/** Writes those that one probe decides (xs_instants). Of several for one kind and protocol the first is taken. */
export function fillInstants(map: BpfMap, rules: readonly KernelRule[], tag: number): void {
  for (const protocol of protocols) {
    for (const { name, number } of kinds) {
      const rule = rules.find(
        (it) => isInstant(it) && it.kinds.has(name) && it.protocols.includes(protocol.name),
      );
      if (!rule) continue;
      const value = makeStruct(instantLayout.size, (view) => {
        writeField(view, 0, instantLayout.durationNs, rule.durationNs ?? 0);
        writeField(view, 0, instantLayout.rule, taggedRule(tag, rule.number));
        writeField(view, 0, instantLayout.enabled, 1);
      });
      map.set(indexKey(protocol.number * kind.MAX + number), value);
    }
  }
}

/** Writes the others (xs_rules). Throws a RangeError for what has no room there. */
export function fillRules(map: BpfMap, rules: readonly KernelRule[], tag: number): void {
  encodeRules(countingRules(rules), tag).forEach((value, index) => {
    map.set(indexKey(index), value);
  });
}

/** Each as a struct xs_rule; their slots lie one behind the other. */
export function encodeRules(rules: readonly KernelRule[], tag: number): Uint8Array[] {
  if (rules.length > ruleBounds.RULES_MAX) throw new RangeError(`${rules.length} rules`);
  let firstSlot = 0;
  return rules.map((rule) => {
    const slots = slotsOf(rule);
    const first = firstSlot;
    firstSlot += slots.ports + slots.probes;
    const isTooMuch = Math.max(slots.ports, slots.probes) > ruleBounds.RULE_THRESHOLD;
    if (isTooMuch || firstSlot > ruleBounds.RULE_SLOTS)
      throw new RangeError(`rule ${rule.number} has no room`);
    return makeStruct(ruleLayout.size, (view) => {
      writeField(view, 0, ruleLayout.durationNs, rule.durationNs ?? 0);
      writeField(view, 0, ruleLayout.window, ticksOf(rule.windowNs));
      for (const protocol of protocols) {
        writeField(view, 0, kindsField(protocol.number), maskOf(rule, protocol.name));
      }
      writeField(view, 0, ruleLayout.rule, taggedRule(tag, rule.number));
      writeField(view, 0, ruleLayout.ports, slots.ports);
      writeField(view, 0, ruleLayout.probes, slots.probes);
      writeField(view, 0, ruleLayout.firstSlot, first);
    });
  });
}

/** Rounded up, so that nothing within the window is missed; 0 stands for no end. */
const ticksOf = (ns: number): number =>
  ns === Number.POSITIVE_INFINITY ? 0 : Math.max(1, Math.ceil(ns / 2 ** ruleBounds.TICK_SHIFT));

const kindsField = (protocol: number): ScalarField => ({
  at: ruleLayout.kinds.at + 4 * protocol,
  type: 'u32',
});

const maskOf = (rule: KernelRule, protocol: Protocol): number =>
  rule.protocols.includes(protocol)
    ? kinds.reduce((mask, { name, number }) => (rule.kinds.has(name) ? mask | (1 << number) : mask), 0)
    : 0;
