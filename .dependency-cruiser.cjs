// Imports of src/ point up this list only (CONTRIBUTING.md, "Layout").
const LAYERS = [
  'errors',
  'keepalived',
  'vrrp',
  'checks',
  'inventory',
  'transport',
  'host',
  'facts',
  'firewall',
  'changes',
  'tasks',
  'playbook',
  'plan',
  'rollout',
  'operate',
  'ui',
  'commands',
  'cli',
];

const place = (layer) => `^src/${layer}(/|\\.ts$)`;

module.exports = {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    ...LAYERS.slice(0, -1).map((layer, index) => ({
      name: `${layer}-imports-up-only`,
      severity: 'error',
      from: { path: place(layer) },
      to: { path: `^src/(${LAYERS.slice(index + 1).join('|')})(/|\\.ts$)` },
    })),
    {
      name: 'ssh-in-transport-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/transport/' },
      to: { path: '(^|/)node_modules/(ssh2|node-ssh)/' },
    },
    {
      name: 'terminal-in-ui-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/ui/' },
      to: { path: '(^|/)node_modules/(listr2|chalk|@inquirer)/' },
    },
    { name: 'src-stands-alone', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|docker|bench)/' } },
    { name: 'nothing-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
