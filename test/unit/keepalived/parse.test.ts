import { describe, expect, it } from 'vitest';
import { KeepalivedSyntaxError, parseKeepalivedConf, type Statement } from '../../../src/keepalived/parse.ts';

type Plain = [string, ...(string | Plain[])[]];
const plain = (statements: readonly Statement[]): Plain[] =>
  statements.map(({ keyword, args, children }) => [keyword, ...args, ...(children ? [plain(children)] : [])]);
const read = (text: string): Plain[] => plain(parseKeepalivedConf(text));

describe('parseKeepalivedConf', () => {
  it('reads blocks, with the brace on its own line too', () => {
    expect(read('vrrp_instance VI_1\n{\n  priority 100\n}\nglobal_defs {\n}\n')).toEqual([
      ['vrrp_instance', 'VI_1', [['priority', '100']]],
      ['global_defs', []],
    ]);
  });

  it('reads a block on one line', () => {
    expect(read('unicast_peer { 10.0.0.1 }\nx { y { z 1 } }')).toEqual([
      ['unicast_peer', [['10.0.0.1']]],
      ['x', [['y', [['z', '1']]]]],
    ]);
  });

  it('cuts comments at an unquoted # or !, as keepalived does to passwords', () => {
    expect(read('auth_pass pa#ss!x\nscript "/c a#b !c" # no\n! none\n# none\n')).toEqual([
      ['auth_pass', 'pa'],
      ['script', '/c a#b !c'],
    ]);
  });

  it('reads escaped marks and continued lines', () => {
    expect(read('auth_pass a\\#b\nnotify \\\n  /n.sh\n')).toEqual([
      ['auth_pass', 'a#b'],
      ['notify', '/n.sh'],
    ]);
  });

  it('takes quoted braces and both kinds of quotes as words', () => {
    expect(read(`a "{" '}' ""`)).toEqual([['a', '{', '}', '']]);
  });

  it('leaves a definition in braces in one word', () => {
    expect(read('priority $\u007BPRIO}\n$PRIO=100')).toEqual([['priority', '$\u007BPRIO}'], ['$PRIO=100']]);
  });

  it('knows the line of each statement', () => {
    const [, second] = parseKeepalivedConf('a\r\n\r\nb \\\r\n c\r\n');
    expect(second).toEqual({ keyword: 'b', args: ['c'], line: 3 });
  });

  it.each([
    ['vrrp_instance VI_1 {\n priority 1\n', 1],
    ['a {\n}\n}\n', 3],
    ['\nscript "/c\n', 2],
    ['{\n}\n', 1],
  ])('names the line where %j does not close', (text, line) => {
    try {
      parseKeepalivedConf(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(KeepalivedSyntaxError);
      expect(error).toMatchObject({ line });
    }
  });
});
