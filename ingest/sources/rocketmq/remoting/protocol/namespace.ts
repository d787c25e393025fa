/** Names of instances (实例): one name server of the cloud serves several, and tells their topics apart by a prefix. */

const RETRY = '%RETRY%';
const DLQ = '%DLQ%';

/**
 * A topic or group as it is on the wire: `MQ_INST_1%orders`; the prefixes of retry and dead letter topics stay outside,
 * `%RETRY%MQ_INST_1%group`. A name that has the prefix already is not changed.
 * @param namespace instance id; empty or undefined: the name as it is
 */
export function wireName(name: string, namespace: string | undefined): string {
  if (namespace === undefined || namespace === '') return name;
  const outer = [RETRY, DLQ].find((prefix) => name.startsWith(prefix)) ?? '';
  const inner = name.slice(outer.length);
  return inner.startsWith(`${namespace}%`) ? name : `${outer}${namespace}%${inner}`;
}

/** The name without the prefix of its instance: what {@link wireName} was given. */
export function plainName(name: string, namespace: string | undefined): string {
  if (namespace === undefined || namespace === '') return name;
  const outer = [RETRY, DLQ].find((prefix) => name.startsWith(prefix)) ?? '';
  const inner = name.slice(outer.length);
  return inner.startsWith(`${namespace}%`) ? outer + inner.slice(namespace.length + 1) : name;
}

/**
 * The instance that the address of a name server names, as the cloud's console writes it:
 * `http://MQ_INST_1_BX.cn-hangzhou.example:8080` is that of `MQ_INST_1_BX`. Undefined for every other address.
 */
export function instanceOf(endpoints: string): string | undefined {
  return /^(?:\w+:\/\/)?(MQ_INST_\w+_\w+)\./.exec(endpoints.trim())?.[1];
}
