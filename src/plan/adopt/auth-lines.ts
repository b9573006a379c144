import { inside, wordOf } from '../../keepalived/statements.ts';
import { EMPTY, type Part } from './model.ts';
import { bodyOf, firstPlace, type Held, troubleAt } from './places.ts';

/** Where secrets go: a file of mode 0600 beside the inventory, or a variable of the environment that the user sets. */
export type SecretForm = 'file' | 'env';

/** keepalived and VRRP have room for no more. */
const LONGEST = 8;

/** The password of an instance. It stands in no inventory and in no message. */
export function authLines(held: readonly Held[], path: readonly string[], name: string, form: SecretForm): Part {
  const all = held.map((one) => {
    const body = inside(bodyOf(one), 'authentication');
    const block = bodyOf(one).find(({ keyword }) => keyword === 'authentication');
    return { one, block, type: wordOf(body, 'auth_type'), pass: wordOf(body, 'auth_pass')?.slice(0, LONGEST) };
  });
  const [first] = all;
  if (first === undefined || all.every(({ block }) => block === undefined)) return EMPTY;
  const refuse = ({ one, block }: (typeof all)[number], why: string): Part => ({
    ...EMPTY,
    refused: [troubleAt(one, block, why)],
  });
  const odd = all.find(({ type, block }) => block !== undefined && type?.toUpperCase() !== 'PASS');
  if (odd !== undefined)
    return refuse(
      odd,
      `authentication by ${odd.type ?? 'nothing that is named'} is not kept by haprov, which has PASS alone`,
    );
  const other = all.find(({ pass }) => pass !== first.pass);
  if (other !== undefined)
    return refuse(other, 'the members have different passwords (auth_pass): they do not hear each other');
  const { pass = '' } = first;
  if (!/^[A-Za-z0-9]+$/.test(pass))
    return refuse(
      first,
      'auth_pass has other characters than letters and digits: choose another one on both, then adopt',
    );
  const from = firstPlace(held, 'authentication');
  const variable = `${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_AUTH_PASS`;
  const file = `secrets/${name}.auth_pass`;
  const value = form === 'env' ? { env: variable } : { file: `./${file}` };
  return {
    ...EMPTY,
    lines: [{ path: [...path, 'auth_pass'], value, ...(from === undefined ? {} : { from }) }],
    files: [
      {
        path: file,
        text: `${pass}\n`,
        mode: 0o600,
        ...(form === 'env' ? { variable } : {}),
      },
    ],
  };
}
