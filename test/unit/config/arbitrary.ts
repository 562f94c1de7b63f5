import fc from 'fast-check';
import { PortSet } from '../../../src/values/ports.ts';

/** A map with some of these keys. */
const some = <T extends object>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> =>
  fc.record(shape, { requiredKeys: [], noNullPrototype: true }) as fc.Arbitrary<Partial<T>>;
const every = <T extends object>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(shape, { noNullPrototype: true }) as fc.Arbitrary<T>;
const words = <const W extends string>(...all: readonly W[]) => fc.constantFrom(...all);
const whole = (min: number, max: number) => fc.integer({ min, max });

const duration = fc
  .array(fc.tuple(whole(1, 20), words('ms', 's', 'm')), { minLength: 1, maxLength: 2 })
  .map((parts) => parts.flat().join(''));
const path = fc.stringMatching(/^(\/[a-z0-9 #:'"-]{0,5}[a-z]){1,3}$/);
const line = fc.stringMatching(/^[a-zA-Z0-9 #:'"$&*!%@`,[\]{}-]{0,20}$/).map((text) => `x $TARGET$${text}`);
const network = fc.oneof(
  fc.ipV4(),
  fc.tuple(fc.ipV4(), whole(0, 32)).map((parts) => parts.join('/')),
  fc.ipV6(),
  fc.tuple(fc.ipV6(), whole(0, 128)).map((parts) => parts.join('/')),
);
const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9_-]{0,5}$/), { maxLength: 4 });

/** Ports from `min` on in any of the ways that they may be written. */
const portsFrom = (min: number) => {
  const one = whole(min, 65_535);
  const text = fc.array(one, { minLength: 1, maxLength: 4 }).map((all) => PortSet.of(all).toString());
  return fc.oneof(one, text, fc.array(fc.oneof(one, text), { maxLength: 4 }));
};

const watched = fc.oneof(
  words('off'),
  some({ unused: fc.oneof(words('1-1024'), whole(1, 1024)), except: portsFrom(1) }),
);

const rule = (name: string) =>
  fc
    .tuple(
      fc.oneof(
        every({ instant: fc.constant(true) }),
        fc.tuple(every({ probes: whole(1, 99) }), some({ distinct_ports: whole(1, 256), window: duration })),
      ),
      some({
        kinds: fc.oneof(words('any', 'stealth', 'udp'), fc.constant(['syn', null, 'fin'])),
        protocol: words('tcp', 'udp'),
        again: words('window', 'probe'),
        action: fc.oneof(words('alert', 'block'), some({ tcp: words('command'), udp: words('record') })),
        block_for: fc.oneof(duration, words('forever')),
      }),
    )
    .map(([when, rest]) => Object.assign({ name }, ...[when].flat(), rest) as object);

const list = (name: string) =>
  fc
    .tuple(
      fc.oneof(
        every({ file: path }),
        every({ url: words('https://lists.example/a?b=c#d', 'http://192.0.2.1:8080/') }),
      ),
      some({ format: words('auto', 'plain', 'spamhaus'), max_size: whole(1, 1024) }),
    )
    .map(([place, rest]) => ({ name, ...place, ...rest }));

const named = (item: (name: string) => fc.Arbitrary<object>) =>
  names.chain((all) => fc.tuple(...all.map(item)).map((items) => [...items]));

/** What a configuration file may say, as plain values: all of it right. */
export const configs = some({
  mode: words('observe', 'enforce'),
  interface: words('auto', 'eth0', '7', 'a#b', 'null', 'off', '~'),
  attach: words('auto', 'native', 'generic'),
  monitor: some({
    tcp: watched,
    udp: watched,
    served: words('stealth', 'nothing'),
    late_answers: words('spare', 'count'),
    ping: words('on', 'off'),
    sctp: words('off'),
  }),
  listen: some({ tcp: portsFrom(2000), banner: words('', 'Go away.\n', '# no: "x"\t') }),
  probes: words('pass', 'drop'),
  ignore: fc.array(network, { maxLength: 4 }),
  ignore_files: fc.array(path, { maxLength: 3 }),
  guard: some({ established: fc.boolean(), decoys: fc.boolean() }),
  campaign: fc.oneof(
    words('off'),
    some({ ports: whole(1, 16_384), rare_ports: whole(1, 16_384), learn_hours: whole(0, 24) }),
  ),
  ipv6_source_prefix: whole(48, 128),
  lists: named(list),
  list_cache: fc.oneof(path, words('off')),
  rules: named(rule),
  escalation: fc.oneof(
    words('off'),
    some({ factor: whole(2, 100), cap: duration, unproven_cap: duration, forget_after: duration }),
  ),
  responses: some({
    hosts_deny: every({ entry: line }),
    route: every({ run: line, undo: line }),
    command: fc.tuple(every({ run: line }), some({ first: fc.boolean() })).map(([a, b]) => ({ ...a, ...b })),
    concurrency: whole(1, 256),
    timeout: duration,
  }),
  memory: some({ path: fc.oneof(path, words('off')), keep: duration, max_entries: whole(1000, 9999) }),
  tables: some({ blocks: whole(1, 16_777_216), sources: whole(1024, 4_194_304) }),
  metrics: some({ listen: words('off', '[::1]:9731', 'localhost:1', '0.0.0.0:65535') }),
  socket: path,
  log: some({ format: words('human', 'json'), level: words('error', 'debug'), to: fc.constant(['stdout']) }),
  portsentry: some({ style: fc.constantFrom('1.2', '2', 1.2, 2), tcp_mode: words('atcp'), blocked: path }),
});

export type Path = readonly (string | number)[];

/** The places of all maps in a document, its own among them. */
export function mapsIn(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  const inside = Object.entries(value).flatMap(([key, item]) =>
    mapsIn(item, [...at, Array.isArray(value) ? Number(key) : key]),
  );
  return Array.isArray(value) ? inside : [at, ...inside];
}

/** The places of all values that have no others in them. */
export function leavesIn(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  return Object.entries(value).flatMap(([key, item]) =>
    leavesIn(item, [...at, Array.isArray(value) ? Number(key) : key]),
  );
}
