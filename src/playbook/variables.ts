import type { OsFact } from '../facts/system/os.ts';
import type { Check, Cluster, Host } from '../inventory/model.ts';
import { Secret } from '../inventory/secret.ts';
import { HOST_PATHS, NGINX_HEALTH, NGINX_HEALTH_URL, ownCheckPath } from '../vrrp/paths.ts';
import type { Variables } from './liquid.ts';
import { renderSlackConfig } from './slack-config.ts';

/**
 * What templates of a playbook see of one host, in real or with secrets masked. `os` is there only where it was asked.
 */
export function variablesOf(cluster: Cluster, host: Host, secrets: 'revealed' | 'masked', os?: OsFact): Variables {
  const checks = [
    ...new Map(
      cluster.vrrp_instances.flatMap((one) => one.track_script.map((check) => [check.name, check] as const)),
    ).values(),
  ];
  return {
    host: { name: host.name, id: host.id, address: host.address },
    cluster: { name: cluster.name, hosts: cluster.hosts.map((one) => ({ name: one.name, address: one.address })) },
    service: cluster.service,
    ipv6: cluster.vrrp_instances.some((one) => one.virtual_ipaddress.some((vip) => vip.family === 6)),
    vips: cluster.vrrp_instances.flatMap((one) => one.virtual_ipaddress.map((vip) => vip.address)),
    checks: checks.map(describeCheck),
    uses: usesOf(checks),
    nginx_health: NGINX_HEALTH,
    notify: { ...webhookOf(cluster, secrets), script: cluster.notify.script ?? null },
    keepalived: { log_detail: cluster.keepalived.log_detail },
    paths: HOST_PATHS,
    ...(os === undefined ? {} : { os: { ...os } }),
  };
}

/** The webhook, and the curl configuration that keeps it off command lines. */
function webhookOf({ notify }: Cluster, secrets: 'revealed' | 'masked'): Variables {
  const { slack_webhook: webhook } = notify;
  if (webhook === undefined) return { slack_webhook: null, slack_config: null };
  const stand = 'https://webhook';
  return secrets === 'masked'
    ? { slack_webhook: Secret.MASK, slack_config: renderSlackConfig(stand).replace(stand, Secret.MASK) }
    : { slack_webhook: webhook.reveal(), slack_config: renderSlackConfig(webhook.reveal()) };
}

function describeCheck(check: Check): Variables {
  const { name, probe } = check;
  return {
    name,
    kind: probe.kind,
    url: probe.kind === 'nginx' ? probe.url : null,
    socket: probe.kind === 'haproxy' ? probe.socket : null,
    script: probe.kind === 'script' ? probe.script : null,
    path: probe.kind === 'script' ? ownCheckPath(name) : null,
  };
}

/** What of haprov's own the checks rely on. A URL of the user's own is answered by the user's own site. */
function usesOf(checks: readonly Check[]): Variables {
  return {
    check_nginx: checks.some(({ probe }) => probe.kind === 'nginx'),
    check_haproxy: checks.some(({ probe }) => probe.kind === 'haproxy'),
    nginx_health: checks.some(({ probe }) => probe.kind === 'nginx' && probe.url === NGINX_HEALTH_URL),
  };
}
