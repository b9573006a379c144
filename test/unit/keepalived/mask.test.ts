import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskKeepalivedConf } from '../../../src/keepalived/mask.ts';

describe('maskKeepalivedConf', () => {
  it.each([
    ['    auth_pass hunter2x', '    auth_pass ********'],
    ['\tauth_pass\t\thunter2x  ', '\tauth_pass ********'],
    ['auth_pass "hunter2x"', 'auth_pass ********'],
    ['auth_pass"hunter2x"', 'auth_pass ********'],
    ["auth_pass 'hunter2x'", 'auth_pass ********'],
    ['auth_pass hunter2x # hunter2x', 'auth_pass ********'],
    ['auth_pass pa#hunter2x!x', 'auth_pass ********'],
    ['# auth_pass hunter2x', '# auth_pass ********'],
    ['#auth_pass hunter2x', '#auth_pass ********'],
    ['! auth_pass hunter2x', '! auth_pass ********'],
    ['@lb1 auth_pass hunter2x', '@lb1 auth_pass ********'],
    ['authentication { auth_type PASS auth_pass hunter2x }', 'authentication { auth_type PASS auth_pass ********'],
    ['auth_pass hunter2x\r', 'auth_pass ********\r'],
    ['AUTH_PASS hunter2x', 'AUTH_PASS ********'],
    ['$PASS=hunter2x', '$PASS=********'],
    ['  $VRRP_SECRET = hunter2x', '  $VRRP_SECRET =********'],
    [
      'notify "/n.sh https://hooks.slack.com/services/T0/B0/hunter2x"',
      'notify "/n.sh https://hooks.slack.com/********"',
    ],
    ['script "/c http://me:hunter2x@10.0.0.1/"', 'script "/c http://me:********@10.0.0.1/"'],
  ])('masks %j', (line, masked) => {
    expect(maskKeepalivedConf(line)).toBe(masked);
  });

  it('masks the value on the lines that a backslash continues', () => {
    expect(maskKeepalivedConf('auth_pass \\\n  hunter2x\npriority 100')).toBe('auth_pass \\\n  ********\npriority 100');
    expect(maskKeepalivedConf('auth_pass hun\\\nter2x\n')).toBe('auth_pass ********\\\n********\n');
  });

  it('masks a definition that a password refers to, whatever its name', () => {
    expect(maskKeepalivedConf('$X=hunter2x\n$Y=eth0\nauth_pass $\u007BX}\n')).toBe(
      '$X=********\n$Y=eth0\nauth_pass ********\n',
    );
  });

  it('masks the keys of auth_hmac and nothing after its block', () => {
    const text = [
      'auth_hmac',
      '{',
      '  key 1 hex:0011',
      '  # key 2 old',
      '  active_key 1',
      '}',
      'key 3 not-a-secret',
      'auth_hmac {',
      '  key 4 file:/k',
      '}',
      'priority 100',
    ];
    expect(maskKeepalivedConf(text.join('\n')).split('\n')).toEqual([
      'auth_hmac',
      '{',
      '  key 1 ********',
      '  # key 2 ********',
      '  active_key 1',
      '}',
      'key 3 not-a-secret',
      'auth_hmac {',
      '  key 4 ********',
      '}',
      'priority 100',
    ]);
  });

  it('leaves everything else as it stands', () => {
    const text = 'global_defs {\n  router_id lb1 # first\n}\nauthentication {\n  auth_type PASS\n}\n';
    expect(maskKeepalivedConf(text)).toBe(text);
  });

  it('never lets a password through, with any spacing, quoting and comment around it', () => {
    const blank = fc.stringMatching(/^[ \t]{1,5}$/);
    const quote = fc.constantFrom('', '"', "'");
    const secret = fc.stringMatching(/^[A-Za-z0-9]{6,12}$/).filter((value) => !'********auth_pass'.includes(value));
    fc.assert(
      fc.property(
        blank,
        blank,
        quote,
        secret,
        fc.constantFrom('', ' # ', ' ! ', '#'),
        (before, between, mark, value, comment) => {
          const tail = comment === '' ? '' : `${comment}${value}`;
          expect(maskKeepalivedConf(`${before}auth_pass${between}${mark}${value}${mark}${tail}`)).not.toContain(value);
        },
      ),
    );
  });

  it('does not change what it masked before', () => {
    const text = 'auth_pass hunter2x\n$PASS=hunter2x\nauth_pass \\\nhunter2x\nhttp://a:b@c/\n';
    const once = maskKeepalivedConf(text);
    expect(maskKeepalivedConf(once)).toBe(once);
  });
});
