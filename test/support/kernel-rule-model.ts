import type { Probe } from '../../src/detect/probe.ts';
import type { Rule } from '../../src/detect/rule.ts';
import { slotsOf } from '../../src/kernel/rules.ts';
import { ruleBounds } from '../../src/kernel/wire.generated.ts';

const EMPTY = 0;
/** Of a probe whose port does not matter. */
const ANY = 1;

/** What bpf/rule.h does for one rule and one source, slot by slot. */
export class KernelRuleModel {
  readonly #rule: Rule;
  readonly #window: number;
  readonly #keys: number[] = Array(ruleBounds.RULE_SLOTS).fill(EMPTY);
  readonly #ticks: number[] = Array(ruleBounds.RULE_SLOTS).fill(0);

  constructor(rule: Rule) {
    this.#rule = rule;
    const isEndless = rule.windowNs === Number.POSITIVE_INFINITY;
    this.#window = isEndless ? 0 : Math.ceil(rule.windowNs / 2 ** ruleBounds.TICK_SHIFT);
  }

  /** True when the probe fulfils the rule. */
  observe({ kind, protocol, port, atNs }: Probe): boolean {
    if (!this.#rule.kinds.has(kind)) return false;
    const tick = Math.floor(atNs / 2 ** ruleBounds.TICK_SHIFT);
    const { ports, probes } = slotsOf(this.#rule);
    const key = 2 + (protocol === 'udp' ? 65536 + port : port);
    const areEnough = ports === 0 || this.#note(0, ports, key, tick);
    const wereEnough = probes === 0 || this.#note(ports, probes, ANY, tick);
    return areEnough && wereEnough;
  }

  #note(first: number, count: number, key: number, tick: number): boolean {
    const slots = Array.from({ length: count }, (_, index) => first + index);
    const age = (slot: number) => (this.#keys[slot] === EMPTY ? 2 ** 32 - 1 : tick - this.#ticks[slot]!);
    const own = key === ANY ? undefined : slots.find((slot) => this.#keys[slot] === key);
    const place = own ?? slots.reduce((oldest, slot) => (age(slot) >= age(oldest) ? slot : oldest));
    this.#keys[place] = key;
    this.#ticks[place] = tick;
    return slots.every(
      (slot) =>
        this.#keys[slot] !== EMPTY && (this.#window === 0 || tick - this.#ticks[slot]! <= this.#window),
    );
  }
}
