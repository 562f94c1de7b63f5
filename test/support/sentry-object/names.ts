/** Names for the numbers of the wire. */
import { kind, lost, outcome, proto } from '../../../src/kernel/wire.generated.ts';

export type OutcomeName = Exclude<keyof typeof outcome, 'MAX'>;
export type KindName = Exclude<keyof typeof kind, 'MAX'>;
export type ProtoName = Exclude<keyof typeof proto, 'MAX'>;
export type LostName = Exclude<keyof typeof lost, 'MAX'>;

function nameIn<N extends string>(numbers: Record<N, number>): (value: number) => N {
  const names = Object.keys(numbers) as N[];
  return (value) => {
    const name = names.find((candidate) => candidate !== 'MAX' && numbers[candidate] === value);
    if (name === undefined) throw new Error(`nothing is called ${value} among ${names.join(', ')}`);
    return name;
  };
}

export const outcomeName = nameIn(outcome) as (value: number) => OutcomeName;
export const kindName = nameIn(kind) as (value: number) => KindName;
export const protoName = nameIn(proto) as (value: number) => ProtoName;
export const lostName = nameIn(lost) as (value: number) => LostName;

/** Names of the kinds in a mask of `1 << kind`. */
export function kindNames(mask: number): KindName[] {
  return Array.from({ length: kind.MAX }, (_, index) => index)
    .filter((index) => (mask >>> index) & 1)
    .map(kindName);
}

const verdicts = ['ABORTED', 'DROP', 'PASS', 'TX', 'REDIRECT'] as const; // enum xdp_action
export type VerdictName = (typeof verdicts)[number];

export function verdictName(value: number): VerdictName {
  const name = verdicts[value];
  if (name === undefined) throw new Error(`${value} is no XDP verdict`);
  return name;
}
