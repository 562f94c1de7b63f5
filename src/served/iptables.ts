import { unhurried } from '../store/unhurried.ts';
import type { Prefix } from '../values/prefix.ts';
import { Findings } from './findings.ts';
import {
  EVERYTHING,
  forSome,
  type PortRange,
  type Reach,
  withAddress,
  withPorts,
  withProtocols,
} from './reach.ts';

/** What takes a packet away from the port that it was sent to. */
const FORWARDING: ReadonlySet<string> = new Set(['DNAT', 'REDIRECT', 'NETMAP']);
/** Chains that call each other; the kernel has a limit of its own. */
const MAX_DEPTH = 32;
const MAX_PORT = 65_535;

type Rule = {
  readonly text: string;
  readonly narrow: (reach: Reach) => Reach | undefined;
  readonly target: string | undefined;
};

/**
 * Ports that a table `nat` forwards, as `iptables-save -t nat` or `ip6tables-save -t nat` prints it: what a packet to one of the addresses in
 * `own` meets from PREROUTING on, through the chains that are called (docker's DOCKER, Kubernetes' KUBE-NODEPORTS). A rule that lets go
 * of some of them before is not looked at, so there may be some too many. Gives back turns of the event loop meanwhile.
 */
export async function forwardedByIptables(text: string, own: readonly Prefix[]): Promise<Findings> {
  const findings = new Findings();
  const chains = await chainsOf(text, own);
  function* walk(chain: string, reach: Reach, depth: number): Generator<void> {
    for (const { text: rule, narrow, target } of chains.get(chain) ?? []) {
      if (!findings.mayGoOn()) return;
      yield;
      const left = target === undefined ? undefined : narrow(reach);
      if (!left) continue;
      if (FORWARDING.has(target!)) findings.forward(left, rule);
      else if (depth < MAX_DEPTH) yield* walk(target!, left, depth + 1);
    }
  }
  await unhurried(walk('PREROUTING', EVERYTHING, 0), () => {});
  return findings;
}

async function chainsOf(text: string, own: readonly Prefix[]): Promise<Map<string, Rule[]>> {
  const chains = new Map<string, Rule[]>();
  await unhurried(text.split('\n'), (line) => {
    const [option, chain, ...rest] = wordsOf(line);
    if (option !== '-A' || chain === undefined) return;
    const rule = ruleOf(line, rest, own);
    const rules = chains.get(chain);
    if (rules) rules.push(rule);
    else chains.set(chain, [rule]);
  });
  return chains;
}

/** Words of a line; those with blanks in them are in quotation marks, with a backslash before each that is meant itself. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
}

/** A word is an option, its value, or `!` before an option. What is not known here narrows nothing, but then the rule is for some packets. */
function ruleOf(text: string, words: readonly string[], own: readonly Prefix[]): Rule {
  const steps: ((reach: Reach) => Reach | undefined)[] = [];
  let target: string | undefined;
  let isNegated = false;
  for (let at = 0; at < words.length; at++) {
    const option = words[at]!;
    if (option === '!') {
      isNegated = true;
      continue;
    }
    const value = words[at + 1] ?? '';
    const wanted = !isNegated;
    switch (option) {
      case '-p':
        if (!wanted) steps.push(forSome);
        else if (value !== 'all') steps.push((reach) => withProtocols(reach, [value]));
        break;
      case '-d':
        steps.push(wanted ? (reach) => withAddress(reach, [value], own) : forSome);
        break;
      case '--dst-type':
        if (!wanted || value !== 'LOCAL') steps.push(forSome);
        break;
      case '--dport':
      case '--dports':
      case '--ports':
      case '--ctorigdstport': {
        const ports = rangesOf(value);
        steps.push(wanted && ports ? (reach) => withPorts(reach, ports) : forSome);
        break;
      }
      case '-j':
      case '-g':
        target = value;
        break;
      case '--comment':
      case '-m':
        break;
      default:
        if (option.startsWith('-') && target === undefined) steps.push(forSome);
        isNegated = false;
        continue; // the next word may be its value, which looks like no option of these
    }
    isNegated = false;
    at++;
  }
  const narrow = (reach: Reach) => steps.reduce<Reach | undefined>((left, step) => left && step(left), reach);
  return { text: text.trim(), narrow, target };
}

/** `80`, `8000:8010`, `80,443,8000:8010`; undefined: that cannot be read. */
function rangesOf(text: string): PortRange[] | undefined {
  const ranges = text.split(',').map((part): PortRange => {
    const [first, last = first] = part.split(':').map(Number);
    return [first!, last!];
  });
  return ranges.every(([first, last]) => isPort(first) && isPort(last)) ? ranges : undefined;
}

const isPort = (number: number): boolean => Number.isInteger(number) && number >= 0 && number <= MAX_PORT;
