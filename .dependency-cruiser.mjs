/** A package that one folder of src/ has to itself. */
const onlyIn = (folder, name, what, comment) => ({
  name: `${name}-only-in-${folder}`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/${folder}/` },
  to: { path: what },
  comment,
});

/** The architecture as rules. Each says what to do instead, for the person it stops. */
export default {
  forbidden: [
    {
      name: 'detect-is-pure',
      severity: 'error',
      from: { path: '^src/detect/' },
      to: { pathNot: '^src/(detect|values)/' },
      comment: 'Detection runs with no kernel, clock, file or metric: pass values in, return decisions.',
    },
    {
      name: 'values-know-nobody',
      severity: 'error',
      from: { path: '^src/values/' },
      to: { pathNot: ['^src/values/', '^(node:)?net$'] },
      comment: 'Addresses, ports and durations are plain values that every part may use.',
    },
    {
      name: 'captures-know-values-only',
      severity: 'error',
      from: { path: '^src/capture/' },
      to: { path: '^src/', pathNot: ['^src/(capture|values)/', '^src/errors\\.ts$'] },
      comment: 'A capture is frames and their times: what they mean is asked in src/replay/.',
    },
    {
      name: 'store-knows-values-only',
      severity: 'error',
      from: { path: '^src/store/' },
      to: {
        path: '^src/',
        pathNot: ['^src/(store|values|threads)/', '^src/errors\\.ts$'],
        dependencyTypesNot: ['type-only'],
      },
      comment:
        'The store keeps lines and addresses in files: what they mean is decided where they come from.',
    },
    {
      name: 'parts-do-not-know-each-other',
      severity: 'error',
      from: { path: '^src/(kernel|respond|store|report|listen|lists)/' },
      to: {
        path: '^src/(kernel|respond|store|report|listen|lists|control|config|host|cli)/',
        pathNot: '^src/$1/',
        dependencyTypesNot: ['type-only'],
      },
      comment: 'Parts meet in assemble.ts: take what you need as an argument; importing its type is fine.',
    },
    {
      name: 'only-the-root-joins-parts',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(daemon|assemble|main)\\.ts$|^src/cli/' },
      to: { path: '^src/(daemon\\.ts|assemble\\.ts|cli/|kernel/open\\.ts)' },
      comment: 'Only daemon.ts, its assemble.ts and cli/ build parts and join them.',
    },
    {
      name: 'workers-are-threads',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '-worker\\.ts$' },
      comment: 'It is what a thread runs: give its URL to a Worker, and import what it joins.',
    },
    onlyIn(
      'kernel',
      'addon',
      '(^|/)addon/|bpf-loader-native',
      'Everybody else speaks to the DataPlane port.',
    ),
    onlyIn(
      'report',
      'prom-client',
      'prom-client',
      'Metrics are defined in src/report/; others get a function to call.',
    ),
    onlyIn('store', 'sqlite', '^(node:)?sqlite$', 'The database is opened and asked in src/store/memory/.'),
    onlyIn('cli', 'commander', 'commander', 'The command line ends in src/cli/.'),
    {
      name: 'addon-knows-no-scans',
      severity: 'error',
      from: { path: '^addon/' },
      to: { path: '^(src|test|scripts)/' },
      comment: 'The addon is mechanism: it must be usable without xdpsentry.',
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { path: '^(src|scripts|addon/[^/]+\\.js)' },
      to: { path: '(^|/)test/' },
      comment: 'What tests and scripts share lives in scripts/.',
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
      comment: 'Break the circle: one of them knows too much.',
    },
    {
      name: 'reachable',
      severity: 'error',
      from: { path: ['^src/main\\.ts$', '-worker\\.ts$'] },
      to: { path: '^src/', pathNot: ['\\.d\\.ts$', '-worker\\.ts$', '^src/main\\.ts$'], reachable: false },
      comment: 'Nothing in src/ is without use: delete it, or move it to test/ or scripts/.',
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
      comment: 'There is no such module.',
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types'] },
  },
};
