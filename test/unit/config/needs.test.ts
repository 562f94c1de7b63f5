import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parsePolicy } from '../../../src/config/load.ts';
import { ALWAYS, needsOf, runsCommands, type Surroundings } from '../../../src/config/needs.ts';
import { needs } from '../../support/capability.ts';

const STRANGER = 65_534;
const around: Surroundings = { user: { uid: 0, gids: [0] }, program: [], firstFreePort: 1024 };

/** What is needed besides what every sentry needs. */
const more = (yaml: string, surroundings = around) => {
  const [first, second, third, ...rest] = needsOf(parsePolicy(yaml, 'x'), surroundings);
  assert.deepEqual(
    [first, second, third].map((need) => need?.capability),
    ALWAYS,
  );
  return rest.map(({ capability, why }) => `${capability}: ${why}`);
};

test('ports below the first that anybody may listen at need a capability, whoever listens there', () => {
  const needed = ['net_bind_service: ports below 1024'];
  assert.deepEqual(more('monitor: {tcp: off}\nlisten: {tcp: 23}'), needed);
  assert.deepEqual(more('monitor: {udp: off}\nlisten: {udp: "2000,69"}'), needed);
  assert.deepEqual(more('metrics: {listen: "127.0.0.1:973"}'), needed);
  assert.deepEqual(more('monitor: {tcp: off}\nlisten: {tcp: 1024}'), []);
  assert.deepEqual(more('metrics: {listen: off}'), []);
  assert.deepEqual(more('monitor: {tcp: off}\nlisten: {tcp: 23}', { ...around, firstFreePort: 0 }), []);
});

test('commands are those of route and command, and no line of hosts.deny', () => {
  const runs = (yaml: string) => runsCommands(parsePolicy(yaml, 'x'));
  assert.equal(runs('responses: {route: {run: "a $TARGET$"}}'), true);
  assert.equal(runs('responses: {command: {run: a}}'), true);
  assert.equal(runs('responses: {hosts_deny: {entry: "ALL: $TARGET$"}}'), false);
  assert.equal(runs(''), false);
});

describe('files that are not root’s', { skip: needs('root') }, () => {
  let directory: string;
  const at = (path: string) => join(directory, path);
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'xdpsentry-needs-'));
    mkdirSync(at('home'));
    for (const name of ['home/file', 'foreign', 'own']) writeFileSync(at(name), '');
    for (const name of ['home', 'home/file', 'foreign']) chownSync(at(name), STRANGER, STRANGER);
    chmodSync(at('home'), 0o700);
  });
  after(() => rmSync(directory, { recursive: true }));

  const cases: readonly (readonly [
    says: string,
    yaml: (path: string) => string,
    needed: readonly string[],
  ])[] = [
    ['an ignore file', (path) => `ignore_files: [${path}]`, ['dac_read_search: reading PATH']],
    ['a list', (path) => `lists: [{name: a, file: ${path}}]`, ['dac_read_search: reading PATH']],
    ['a log', (path) => `log: {to: [stdout, ${path}]}`, ['dac_override: writing PATH']],
    ['the memory', (path) => `memory: {path: ${path}}`, ['dac_override: writing PATH']],
    ['the control socket', (path) => `socket: ${path}`, ['dac_override: writing PATH']],
    ['a history', (path) => `portsentry: {history: ${path}}`, ['dac_override: writing PATH']],
    [
      'hosts.deny',
      (path) => `responses: {hosts_deny: {entry: "ALL: $TARGET$", file: ${path}}}`,
      ['dac_override: writing PATH', 'chown: the owner of PATH', 'fowner: the owner of PATH'],
    ],
    [
      'a blocked file',
      (path) => `portsentry: {style: "2", tcp_mode: stealth, blocked: ${path}}`,
      ['dac_override: writing PATH', 'chown: the owner of PATH', 'fowner: the owner of PATH'],
    ],
  ];
  for (const [says, yaml, needed] of cases) {
    test(`${says} in somebody’s home`, () => {
      const path = at('home/file');
      assert.deepEqual(
        more(yaml(path)),
        needed.map((need) => need.replace('PATH', path)),
      );
    });

    test(`${says} of root’s own`, () => assert.deepEqual(more(yaml(at('own'))), []));
    test(`${says} that is not there yet`, () => assert.deepEqual(more(yaml(at('none'))), []));
  }

  test('copies of lists from the network, where there are any', () => {
    const cache = `list_cache: ${at('home/lists')}\n`;
    assert.deepEqual(more(cache), []);
    const needed = [`dac_override: writing ${at('home/lists')}/copy`];
    assert.deepEqual(more(`${cache}lists: [{name: a, url: "http://127.0.0.1/"}]`), needed);
  });

  test('the program itself, and its configuration', () => {
    const program = [at('own'), at('home/file')];
    assert.deepEqual(more('', { ...around, program }), [`dac_read_search: reading ${at('home/file')}`]);
    const policy = parsePolicy('', at('home/file'));
    assert.equal(needsOf(policy, around).at(-1)?.why, `reading ${at('home/file')}`);
  });
});
