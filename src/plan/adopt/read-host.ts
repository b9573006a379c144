import { HaprovError } from '../../errors.ts';
import { configFilesSubject } from '../../facts/keepalived/config-files.ts';
import { addressSubject } from '../../facts/network/address.ts';
import type { Ask } from '../../facts/reader/subject.ts';
import { contentSubject } from '../../facts/system/file.ts';
import type { Host } from '../../inventory/model.ts';
import { isOwn } from '../../keepalived/loss/ownership.ts';
import { readSources } from '../../keepalived/source/read-sources.ts';
import { HOST_PATHS } from '../../vrrp/paths.ts';
import { programsOf } from './check-lines.ts';
import type { FoundHost } from './model.ts';

/** A script longer than this is a program. */
const LONGEST = 65_536;

/**
 * What a host's keepalived is told, in two round trips: its files, then the scripts that they name.
 *
 * @throws HaprovError where there is no keepalived.conf, or haprov wrote it
 */
export async function readFoundHost(host: Host, ask: Ask): Promise<FoundHost> {
  const [sources, addresses] = await Promise.all([
    ask(configFilesSubject, HOST_PATHS.keepalivedConf),
    ask(addressSubject, 'addresses'),
  ]);
  const about = { host: host.id, action: 'adopt' } as const;
  if (sources === null)
    throw new HaprovError(`there is no ${HOST_PATHS.keepalivedConf}`, {
      ...about,
      next: 'haprov init writes an inventory for hosts without keepalived.',
    });
  if (isOwn(sources.files.get(sources.root) ?? ''))
    throw new HaprovError('haprov wrote the keepalived.conf of this host already', {
      ...about,
      next: 'Its inventory is where the change belongs. haprov rollback takes the last run back.',
    });
  const config = readSources(sources);
  const programs = programsOf(config.statements);
  const texts = await Promise.all(programs.map(async (path) => [path, await ask(contentSubject, path)] as const));
  const scripts = texts.flatMap(([path, text]) =>
    text?.startsWith('#!') === true && text.length <= LONGEST ? [[path, text] as const] : [],
  );
  const { options = '', scriptUser = 'root' } = sources;
  return {
    name: host.name,
    address: host.address,
    sources,
    config,
    addresses,
    options,
    scriptUser,
    scripts: new Map(scripts),
  };
}
