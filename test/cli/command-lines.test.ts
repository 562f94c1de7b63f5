/** What a command line answers when no sentry runs: words and exit codes, through the same way in as the real program. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { main } from '../../src/cli/program.ts';

const directory = mkdtempSync(join(tmpdir(), 'xdpsentry-cli-'));
const path = (name: string) => join(directory, name);
writeFileSync(path('good.yaml'), 'mode: enforce\nrules: [{ name: scan, distinct_ports: 3 }]\n');
writeFileSync(path('bad.yaml'), 'mode: enforce\nmonitor:\n  tcp: { unused: 99999 }\n');
after(() => rmSync(directory, { recursive: true }));

async function run(...argv: string[]) {
  let [out, err] = ['', ''];
  const code = await main(argv, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

type Case = { says: string; argv: string[]; code: number; out?: RegExp; err?: RegExp };
const cases: readonly Case[] = [
  { says: 'help', argv: ['--help'], code: 0, out: /Usage: xdpsentry[\s\S]*run[\s\S]*check[\s\S]*unblock/ },
  {
    says: 'help of a command has examples',
    argv: ['block', '--help'],
    code: 0,
    out: /Examples:\n {2}xdpsentry block/,
  },
  { says: 'the version', argv: ['--version'], code: 0, out: /^\d+\.\d+\.\d+\n$/ },
  { says: 'nothing at all shows the help', argv: [], code: 2, err: /Usage: xdpsentry/ },
  { says: 'an unknown command', argv: ['watch'], code: 2, err: /unknown command 'watch'/ },
  { says: 'an unknown option', argv: ['status', '--colour'], code: 2, err: /unknown option '--colour'/ },
  {
    says: 'observe and enforce at once',
    argv: ['run', '--observe', '--enforce'],
    code: 2,
    err: /cannot be used with/,
  },
  {
    says: 'a source that is none',
    argv: ['block', '198.51.100'],
    code: 2,
    err: /198\.51\.100.*Write it like/s,
  },
  { says: 'a zone in a source', argv: ['unblock', 'fe80::1%eth0'], code: 2, err: /Write it like/ },
  {
    says: 'a duration that is none',
    argv: ['block', '198.51.100.7', '--for', '5 minutes'],
    code: 2,
    err: /10m/,
  },
  { says: 'no source', argv: ['block'], code: 2, err: /missing required argument 'source'/ },
  { says: 'check of the built-in policy', argv: ['check'], code: 0, out: /Mode: observe/ },
  { says: 'check of a good file', argv: ['check', '-c', path('good.yaml')], code: 0, out: /Mode: enforce/ },
  {
    says: 'check of a bad file',
    argv: ['check', '-c', path('bad.yaml')],
    code: 2,
    err: /bad\.yaml:3:18: monitor\.tcp\.unused.*99999/,
  },
  { says: 'check of no file', argv: ['check', '-c', path('none.yaml')], code: 2, err: /none\.yaml/ },
  ...['status', 'ports', 'blocks', 'block 198.51.100.7', 'unblock 198.51.100.7'].map((line) => ({
    says: `${line} without a sentry`,
    argv: [...line.split(' '), '--socket', path('none.sock')],
    code: 4,
    err: /No xdpsentry answers on the control socket: .*none\.sock\n {2}Start it.*\[XS_ERR_NOT_RUNNING\]/s,
  })),
];

describe('the command line', () => {
  for (const { says, argv, code, out, err } of cases) {
    test(`${says}: exit code ${code}`, async () => {
      const answer = await run(...argv);
      assert.equal(answer.code, code, answer.err);
      assert.match(answer.out, out ?? /^$/);
      assert.match(answer.err, err ?? /^$/);
    });
  }

  test('check --json tells the whole policy', async () => {
    const { out } = await run('check', '-c', path('good.yaml'), '--json');
    const policy = JSON.parse(out);
    assert.equal(policy.mode, 'enforce');
    assert.equal(policy.rules[0].name, 'scan');
  });
});
