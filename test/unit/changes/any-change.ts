import fc from 'fast-check';
import type { ChangeData } from '../../../src/changes/registry.ts';

const path = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).map((text) => `/${text}`);
const text = fc.string({ unit: 'binary', maxLength: 12 });
const sha256 = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 });
const attributes = fc.record({
  mode: fc.constantFrom('0644', '0600', '1777', '0000'),
  owner: fc.constantFrom('root', 'nobody', 'UNKNOWN'),
  group: fc.constantFrom('root', 'daemon', 'UNKNOWN'),
});
const version = fc.tuple(attributes, sha256).map(([one, hash]) => ({ ...one, sha256: hash }));

/** One arbitrary a kind: a kind that is added and is not here does not compile. */
const ANY: { readonly [K in ChangeData['kind']]: fc.Arbitrary<Extract<ChangeData, { kind: K }>> } = {
  attributes: fc
    .record({ target: path, before: attributes, after: attributes })
    .map((rest) => ({ kind: 'attributes', ...rest })),
  command: fc
    .record({ argv: fc.array(text, { minLength: 1, maxLength: 3 }), timeout: fc.constant(60) })
    .map((rest) => ({ kind: 'command', ...rest })),
  directory: fc
    .record({ target: path, before: fc.option(attributes), after: fc.option(attributes) })
    .map((rest) => ({ kind: 'directory', ...rest })),
  file: fc
    .record(
      {
        target: path,
        before: fc.option(version),
        after: fc.option(version),
        between: fc.array(sha256, { maxLength: 2 }),
        check: text,
      },
      { requiredKeys: ['target', 'before', 'after'] },
    )
    .map((rest) => ({ kind: 'file', ...rest })),
  firewall: fc
    .record({
      backend: fc.constantFrom('firewalld', 'iptables'),
      describe: text,
      describeBack: text,
      before: fc.record({ rules: text, unit: fc.constantFrom('running', 'stopped') }),
      after: fc.record({ rules: text, unit: fc.constantFrom('running', 'stopped') }),
    })
    .map((rest) => ({ kind: 'firewall', ...rest })),
  link: fc
    .record({ target: path, before: fc.constantFrom('link', 'absent'), after: fc.constantFrom('link', 'absent') })
    .map((rest) => ({ kind: 'link', ...rest })),
  package: fc
    .record({
      family: fc.constantFrom('debian', 'rhel'),
      names: fc.array(text, { minLength: 1, maxLength: 2 }),
      hold: fc.array(text, { maxLength: 2 }),
      before: fc.constant('absent'),
      after: fc.constant('installed'),
    })
    .map((rest) => ({ kind: 'package', ...rest })),
  record: fc
    .record({
      target: fc.constant('r261122-105725-4f2a'),
      before: fc.constantFrom('open', 'done', 'put-back', 'undone'),
      after: fc.constantFrom('open', 'done', 'put-back', 'undone'),
    })
    .map((rest) => ({ kind: 'record', ...rest })),
  removal: fc
    .record({ before: fc.constantFrom('kept', 'removed'), after: fc.constantFrom('kept', 'removed') })
    .map((rest) => ({ kind: 'removal', ...rest })),
  script: fc
    .record(
      { describe: text, describeBack: text, script: text, back: text, probe: text, inverted: fc.constant(true) },
      { requiredKeys: ['describe', 'describeBack'] },
    )
    .map((rest) => ({ kind: 'script', ...rest })),
  sysctl: fc.record({ target: text, before: text, after: text }).map((rest) => ({ kind: 'sysctl', ...rest })),
  unit: fc
    .record({
      target: text,
      before: fc.constantFrom('stopped', 'running', 'disabled', 'enabled'),
      after: fc.constantFrom('stopped', 'running', 'disabled', 'enabled', 'reloaded', 'restarted', 'read'),
    })
    .map((rest) => ({ kind: 'unit', ...rest })),
  wait: fc
    .record({ target: text, condition: text, timeout: fc.constant(5) })
    .map((rest) => ({ kind: 'wait', ...rest })),
};

/** Any change of any kind. */
export const anyChange: fc.Arbitrary<ChangeData> = fc.oneof(...Object.values(ANY));
