import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { brokerProgram, classPath, filledOnce, runJavaTool } from './artifacts.js';

export interface Certificate {
  /** PEM; self-signed, so it is its own CA. */
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * Makes a self-signed certificate for localhost and 127.0.0.1 with Java's keytool, in files of a folder.
 * @param options.expired it ran out 20 days ago instead of being valid for ten years.
 */
export async function createCertificate(
  folder: string,
  options: { readonly expired?: boolean } = {},
): Promise<Certificate> {
  await mkdir(folder, { recursive: true });
  const name = options.expired === true ? 'expired' : 'server';
  const keystore = join(folder, `${name}.p12`);
  const certFile = join(folder, `${name}.crt`);
  const keyFile = join(folder, `${name}.key`);
  const store = ['-keystore', keystore, '-storetype', 'PKCS12', '-storepass', password, '-alias', 'server'];
  const validity =
    options.expired === true ? ['-startdate', '-30d', '-validity', '10'] : ['-startdate', '-1d', '-validity', '3650'];
  const identity = ['-dname', 'CN=localhost', '-ext', 'SAN=dns:localhost,ip:127.0.0.1'];
  await rm(keystore, { force: true });
  await runJavaTool('keytool', [
    '-genkeypair',
    '-keyalg',
    'RSA',
    '-keysize',
    '2048',
    ...identity,
    ...validity,
    ...store,
  ]);
  await runJavaTool('keytool', ['-exportcert', '-rfc', '-file', certFile, ...store]);
  const path = await classPath(brokerProgram);
  await runJavaTool('java', ['-cp', path, 'juliu.broker.PrivateKeyExport', keystore, password, 'server', keyFile]);
  await rm(keystore, { force: true });
  return { certFile, keyFile };
}

/**
 * What the proxy is given when nobody asked for TLS: it wants a certificate anyway and makes a new one at every start,
 * a third of the start's work.
 */
export async function unusedCertificate(): Promise<Certificate> {
  const folder = await filledOnce('broker-certificate', createCertificate);
  return { certFile: join(folder, 'server.crt'), keyFile: join(folder, 'server.key') };
}

/** Of a store that lives for a second. */
const password = 'changeit';
