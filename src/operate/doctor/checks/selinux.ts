import { type SelinuxFact, selinuxSubject } from '../../../facts/system/selinux.ts';
import { type Answer, type Check, hostCheck } from '../check.ts';
import { fail, ok, skip, type Verdict, warn } from '../finding.ts';
import { type Scripts, scriptsOf } from './scripts.ts';

export interface Confinement {
  readonly selinux: SelinuxFact;
  readonly scripts: Scripts;
}

/** The type of scripts that SELinux lets run unconfined: what lies in /usr/libexec/keepalived has it. */
const UNCONFINED = 'keepalived_unconfined_script_exec_t';

const FIX =
  'keep scripts in /usr/libexec/keepalived and run restorecon -RF on it; or setsebool -P keepalived_connect_any 1';

export function judgeSelinux({ host, facts: { selinux, scripts } }: Answer<Confinement>): readonly Verdict[] {
  if (selinux.mode === 'off') return [skip(host.id, 'SELinux is not in use here')];
  const enforced = selinux.mode === 'enforcing';
  const last = selinux.denials.at(-1);
  if (last !== undefined) {
    const count = selinux.denials.length;
    const evidence = `${count} denial${count === 1 ? '' : 's'} in the last hour, the last one: ${shorten(last)}`;
    const why = enforced
      ? 'what keepalived or its scripts wanted to do was refused: checks fail, and failovers are not announced'
      : 'it would be refused if SELinux were enforcing';
    return [(enforced ? fail : warn)(host.id, evidence, { why, fix: FIX })];
  }
  const confined = scripts.words.scripts.filter(({ command }) => {
    const type = scripts.facts.get(command)?.selinuxType ?? null;
    return type !== null && type !== UNCONFINED;
  });
  const [first] = confined;
  if (first !== undefined && enforced) {
    const type = scripts.facts.get(first.command)?.selinuxType;
    return [
      warn(host.id, `${first.name} runs confined: ${first.command.split(' ')[0]} has type ${type}`, {
        why: 'it may not signal services, nor connect to other ports than those of HTTP and databases',
        mends: true,
        fix: FIX,
      }),
    ];
  }
  return [ok(host.id, `${selinux.mode}, and nothing was refused to keepalived in the last hour`)];
}

/** `avc: denied { name_connect } for pid=1 comm="curl" …` without the audit record's head. */
function shorten(denial: string): string {
  return denial
    .replace(/^.*?avc:\s*/, 'avc: ')
    .replace(/\s+/g, ' ')
    .slice(0, 200);
}

export const SELINUX_CHECK: Check = hostCheck<Confinement>({
  id: 'HD040',
  name: 'selinux',
  phase: 'watch',
  ask: async (member) => {
    const [selinux, scripts] = await Promise.all([member.watch(selinuxSubject, 'selinux'), scriptsOf(member)]);
    return { selinux, scripts };
  },
  judge: judgeSelinux,
});
