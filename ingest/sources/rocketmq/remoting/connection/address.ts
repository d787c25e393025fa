/** A place that speaks remoting. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `host:port` or `[::1]:port`.
 * @throws Error that names the text
 */
export function parseAddress(text: string): Address {
  const colon = text.lastIndexOf(':');
  const port = Number(text.slice(colon + 1));
  const host = text.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  if (colon < 1 || !Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`${text} is no host:port`);
  return { host, port };
}

/**
 * Reads `host:port;host:port`; the separator may be a comma too, as in answers of address services. The console of the
 * cloud writes `http://` before the address of a name server, which means nothing.
 * @throws Error that names the text that is none
 */
export function parseAddresses(text: string): readonly string[] {
  const list = text
    .split(/[;,]/)
    .map((one) =>
      one
        .trim()
        .replace(/^https?:\/\//, '')
        .replace(/\/$/, ''),
    )
    .filter((one) => one !== '');
  if (list.length === 0) throw new Error('it names no address');
  list.forEach(parseAddress);
  return list;
}

/** True for the URL of an address service: unlike a name server’s address it has a path. */
export function isAddressService(endpoints: string): boolean {
  return /^https?:\/\/[^/;,]+\/[^;,]/.test(endpoints);
}
