/** Whether two containers of a service can be there at the same time. */
import type { ServiceConfig } from '../lib/compose-project.ts';

/** What keeps two containers of a service from running at the same time; undefined if nothing does. */
export function whyOnlyOne({ container_name, network_mode, ports = [] }: ServiceConfig): string | undefined {
  if (container_name !== undefined) return `its container_name, ${container_name}, can be given once`;
  if (network_mode === 'host') return 'it uses the network of its host, where a port can be taken once';
  const fixed = ports.map(publishedPort).find((port) => port !== undefined && /^[1-9]\d*$/.test(port));
  return fixed === undefined ? undefined : `it publishes the port ${fixed}, which can be taken once: publish a range`;
}

/** What a port is published at: `8000`, `8010-8029`, `0` for any; undefined when it is not. */
function publishedPort(port: NonNullable<ServiceConfig['ports']>[number]): string | undefined {
  if (typeof port === 'object') return port.published === undefined ? undefined : String(port.published);
  // IP:HOST:CONTAINER/PROTOCOL, where the first two may be missing, and an IP may have colons of its own.
  return /(?:^|:)([\d-]+):[\d-]+(?:\/\w+)?$/.exec(String(port))?.[1];
}

/** What would go wrong if the old and the new container of a service ran side by side; undefined if nothing would. */
export function whyNotTogether({ volumes = [] }: ServiceConfig): string | undefined {
  const written = volumes.find((volume) =>
    typeof volume === 'string'
      ? /^[^:]+:/.test(volume) && !/:[^:]*\bro\b[^:]*$/.test(volume)
      : volume.source !== undefined && volume.type !== 'tmpfs' && volume.read_only !== true
  );
  if (written === undefined) return undefined;
  return `two must not write to ${typeof written === 'string' ? written.split(':')[0] : written.source}`;
}
