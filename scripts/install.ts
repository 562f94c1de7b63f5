/**
 * Puts the built sentry, the runtime that it came with, and a systemd unit where the machine's own programs are; all of it belongs to who
 * runs this, and nobody else may write to it. A configuration that is there already stays as it is.
 *
 * Usage: node scripts/install.ts install|uninstall [--prefix /usr/local] [--destdir DIRECTORY]
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';

const ROOT = new URL('..', import.meta.url).pathname;
/** The Node.js that came with it. */
const RUNTIME = realpathSync(join(ROOT, 'node_modules/.bin/node'));
const COMMANDS = ['xdpsentry', 'portsentry'] as const;
/** The prefix that the unit is written for. */
const PREFIX = '/usr/local';
/** What others may do with what is installed: read it, and execute what can be. */
const NOT_FOR_OTHERS = 0o022;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    prefix: { type: 'string', default: PREFIX },
    destdir: { type: 'string', default: '' },
  },
});

/** Where things are once they are installed, and where they are put now: below DESTDIR, for who makes a package. */
const prefix = values.prefix;
const inPlace = (path: string): string => join(values.destdir || '/', path);
const home = join(prefix, 'lib/xdpsentry');
const unit = join(prefix, 'lib/systemd/system/xdpsentry.service');
const config = '/etc/xdpsentry/xdpsentry.yaml';
const commands = COMMANDS.map((name) => ({
  path: join(prefix, 'sbin', name),
  target: join(home, 'scripts', name),
}));

const [action = ''] = positionals;
if (action === 'install') install();
else if (action === 'uninstall') uninstall();
else {
  console.error('usage: node scripts/install.ts install|uninstall [--prefix PATH] [--destdir PATH]');
  process.exit(2);
}

function install(): void {
  // Beside the old one first: what is half copied is never started.
  const fresh = inPlace(`${home}.new`);
  rmSync(fresh, { recursive: true, force: true });
  for (const path of ['dist', 'docs', 'LICENSE', 'package.json', 'build/xdpsentry.bpf.o', ...packages()])
    copy(path, fresh);
  for (const name of COMMANDS) copy(`scripts/${name}`, fresh);
  copyAddon(join(fresh, 'node_modules/bpf-loader-native'));
  symlinkSync(
    relative(join(ROOT, 'node_modules/.bin'), RUNTIME),
    link(join(fresh, 'node_modules/.bin/node')),
  );
  for (const path of walk(fresh)) close(path);
  const old = inPlace(`${home}.old`);
  rmSync(old, { recursive: true, force: true });
  if (existsSync(inPlace(home))) renameSync(inPlace(home), old);
  renameSync(fresh, inPlace(home));
  rmSync(old, { recursive: true, force: true });

  for (const { path, target } of commands) symlinkSync(relative(dirname(path), target), link(inPlace(path)));
  const text = readFileSync(join(ROOT, 'scripts/systemd/xdpsentry.service'), 'utf8');
  write(inPlace(unit), text.replaceAll(`${PREFIX}/`, `${prefix}/`));
  if (!existsSync(inPlace(config)))
    write(inPlace(config), readFileSync(join(ROOT, 'scripts/systemd/xdpsentry.yaml'), 'utf8'));
  console.log(`installed: ${commands[0]!.path}, ${unit}; configuration: ${config}`);
}

/** What it has written itself, its configuration and its memory stay. */
function uninstall(): void {
  for (const { path } of commands) rmSync(inPlace(path), { force: true });
  rmSync(inPlace(unit), { force: true });
  rmSync(inPlace(home), { recursive: true, force: true });
  console.log(`removed; ${dirname(config)} and /var/lib/xdpsentry stay`);
}

/** The packages that the sentry needs at work, as package-lock.json says; of the runtime, the program alone. */
function packages(): string[] {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: true; link?: true; optional?: true }>;
  };
  return Object.entries(lock.packages)
    .filter(
      ([path, { dev, link: isLink, optional }]) =>
        path.startsWith('node_modules/') && !dev && !isLink && !optional,
    )
    .map(([path]) => path)
    .concat(relative(ROOT, RUNTIME));
}

function copyAddon(target: string): void {
  const { files } = JSON.parse(readFileSync(join(ROOT, 'addon/package.json'), 'utf8')) as { files: string[] };
  for (const file of ['package.json', ...files]) cpSync(join(ROOT, 'addon', file), join(target, file));
}

function copy(path: string, target: string): void {
  cpSync(join(ROOT, path), join(target, path), { recursive: true, dereference: true });
}

/** Makes room for a symbolic link. */
function link(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  return path;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode: 0o644 });
}

function* walk(path: string): Generator<string> {
  yield path;
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) yield* walk(join(path, name));
}

function close(path: string): void {
  const { mode } = lstatSync(path);
  if (!lstatSync(path).isSymbolicLink())
    chmodSync(path, (mode & 0o777 & ~NOT_FOR_OTHERS) | 0o444 | (mode & 0o100 ? 0o111 : 0));
}
